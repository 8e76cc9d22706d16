/**
 * The bundles of the program. Each is built separately and records the sources that it read, so a change of other
 * sources does not rebuild it.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const dist = join(root, 'dist');

/** Not bundled, because they load files next to their code. */
const external = ['@tensorflow/*', '@resvg/*', 'esbuild', 'dejavu-fonts-ttf'];

/** Packages for drawing. They load three times as fast as one file each, and do not depend on our sources. */
const drawing = ['vega', 'vega-lite', 'pdfkit', 'svg-to-pdfkit', 'fontkit'];

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  metafile: true,
  logLevel: 'silent',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // CommonJS packages in an ESM bundle still call `require`.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  entryNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  external,
  write: false,
  outdir: dist,
};

const split = { ...common, splitting: true };

/**
 * The main process needs only the descriptions of stage types, because it runs no stages. The code that computes would
 * be loaded at each start without being used, and would split the program into many small files.
 */
const describesOnly = {
  name: 'describes-only',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /./ }, ({ path, kind, importer }) =>
      kind === 'dynamic-import' && dirname(importer) === join(root, 'src', 'stages')
        ? { path, external: true }
        : undefined,
    );
    onResolve({ filter: /^ml-matrix$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
  },
};

const INDEX = join(root, 'src', 'runner', 'index.ts');
const NAMED = /^(import|export) \{([^}]*)\} from '([^']+)';$/gm;

/** Name -> the file from which the engine's index exports it. */
function filesByName() {
  const files = new Map();
  for (const [, , names, file] of readFileSync(INDEX, 'utf8').matchAll(NAMED)) {
    for (const name of names.split(',')) files.set(name.trim(), join(dirname(INDEX), file));
  }
  return files;
}

/**
 * Imports of the engine's index become imports of the files that it names. Otherwise esbuild puts everything that the
 * index names into one chunk, and each command loads all of the engine.
 */
const pastTheIndex = {
  name: 'past-the-index',
  setup: ({ onLoad }) => {
    const files = filesByName();
    onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replace(NAMED, (statement, kind, names, target) => {
        if (join(dirname(path), target) !== INDEX) return statement;
        const values = names.split(',').map((one) => one.trim());
        return values
          .filter((one) => one !== '' && !one.startsWith('type '))
          .map(
            (one) => `${kind} { ${one} } from ${JSON.stringify(files.get(one.split(' as ')[0]))};`,
          )
          .join('\n');
      }),
    }));
  },
};

/** What a command and a program that uses the library have loaded before the engine loads a further file. */
const ENGINE = [
  'app/executor.ts',
  'app/project.ts',
  'base/listed.ts',
  'base/shell-quoted.ts',
  'runner/execution/failure.ts',
  'runner/execution/fetching.ts',
  'runner/execution/reason.ts',
  'runner/execution/resource-pool.ts',
  'runner/project/execute.ts',
  'runner/project/prepare.ts',
];

/** A command has all of the program. */
const COMMANDS = /^(?:cli|web)\//;

/**
 * Every file that is loaded later imports what is loaded before it. So esbuild sees that these files all have it in
 * common, and makes few chunks of it. Otherwise each set of files with a module in common gets a chunk, and a start
 * opens dozens.
 */
const fewChunks = {
  name: 'few-chunks',
  setup: ({ onResolve, onLoad }) => {
    const sources = join(root, 'src');
    onResolve({ filter: /^\./, namespace: 'file' }, ({ path, kind, resolveDir, importer }) => {
      if (kind !== 'dynamic-import') return undefined;
      const isCommand = COMMANDS.test(relative(sources, importer));
      const before = isCommand ? ['program.ts'] : ENGINE;
      return { path: join(resolveDir, path), namespace: 'later', pluginData: before };
    });
    onLoad({ filter: /./, namespace: 'later' }, ({ path, pluginData: before }) => {
      const imports = before.map((file) => `import ${JSON.stringify(join(sources, file))};\n`);
      const contents = `${imports.join('')}export * from ${JSON.stringify(path)};`;
      return { contents, resolveDir: dirname(path) };
    });
  },
};

const bundledApart = (entries) => ({
  name: 'bundled-apart',
  setup: ({ onResolve }) => {
    onResolve({ filter: new RegExp(`^(?:${drawing.join('|')})$`) }, ({ path }) => ({
      path: `./${entries[path]}`,
      external: true,
    }));
  },
});

/**
 * CommonJS packages that are not bundled are loaded with `require`. For an import, Node would search megabytes of their
 * text for the exported names, which takes four times as long as loading them.
 */
const required = {
  name: 'required',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^@tensorflow\// }, ({ path, namespace }) =>
      namespace === 'required' ? { path, external: true } : { path, namespace: 'required' },
    );
    onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

/** Name -> esbuild's options; `drawingFiles` are the bundles of the drawing packages. */
const parts = {
  drawing: () => ({
    ...split,
    entryPoints: Object.fromEntries(drawing.map((name) => [name, name])),
    // The variant that does not look for `canvas`, because the charts measure text themselves.
    alias: { 'vega-canvas': './node_modules/vega-canvas/build/vega-canvas.browser.js' },
  }),
  program: () => ({
    ...split,
    entryPoints: {
      program: 'src/program.ts',
      index: 'src/index.ts',
      'code-digest': 'src/runner/key/code-digest.ts',
    },
    plugins: [describesOnly, fewChunks, pastTheIndex],
  }),
  worker: (drawingFiles) => ({
    ...split,
    entryPoints: { worker: 'src/worker.ts', measure: 'src/measure.ts' },
    plugins: [required, bundledApart(drawingFiles), pastTheIndex],
  }),
  // One file, because it starts from a network disk on many nodes at once.
  node: () => ({
    ...common,
    entryPoints: { node: 'src/node.ts' },
    plugins: [pastTheIndex],
  }),
  page: () => ({
    ...common,
    banner: {},
    entryPoints: { page: 'src/web/page/main.tsx', style: 'src/web/page/style.css' },
    platform: 'browser',
    target: 'es2022',
    minify: true,
    jsx: 'automatic',
    jsxImportSource: 'preact',
  }),
  launcher: () => ({ ...common, entryPoints: { main: 'src/main.ts' }, entryNames: '[name]' }),
};

/** Returns the sources that were read, the files by name, and the names of the entries. */
export async function bundle(part, drawingFiles) {
  const { metafile, outputFiles } = await esbuild.build(parts[part](drawingFiles));
  const entries = {};
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (entryPoint === undefined) continue;
    const file = relative(dist, join(root, path));
    entries[file.replace(/(?:-[A-Z0-9]{8})?\.\w+$/, '')] = file;
  }
  return {
    read: Object.keys(metafile.inputs).filter(isSource),
    contents: new Map(outputFiles.map(({ path, contents }) => [relative(dist, path), contents])),
    entries,
  };
}

/** Only our sources. The packages are determined by the lock file. */
export function isSource(path) {
  return path.startsWith('src/');
}
