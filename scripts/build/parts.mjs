/**
 * The bundles that make up the program. Each is made by itself and says which sources it read, so that a
 * change of others leaves it as it is.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const dist = join(root, 'dist');

/** Kept as packages: what loads files of its own beside its code. */
const external = ['@tensorflow/*', '@resvg/*', 'esbuild', 'dejavu-fonts-ttf'];

/** Packages that draw. As one file each they load in a third of the time, and hang on no source of ours. */
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
 * The main process knows stages by their descriptions and runs none: what computes would only be read
 * and put aside at each start, and cut the program into many small files.
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

/** Name -> the file that the engine's index takes it from. */
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
const ENGINE = ['app/project.ts', 'runner/project/prepare.ts', 'runner/project/execute.ts'];

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
 * Packages in CommonJS that stay packages, called by `require`. An import would have Node look through megabytes
 * of their text for the names that they export, which takes four times as long as to load them.
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

/** Name -> esbuild's options; `drawingFiles` is where the packages that draw were bundled to. */
const parts = {
  drawing: () => ({
    ...split,
    entryPoints: Object.fromEntries(drawing.map((name) => [name, name])),
    // Of its two forms the one that looks for no `canvas`: text is measured by the charts.
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

/** What `bundle` yields: the sources that were read, the files by name, and the names of the entries. */
export async function bundle(part, drawingFiles) {
  const { metafile, outputFiles } = await esbuild.build(parts[part](drawingFiles));
  const entries = {};
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (entryPoint === undefined) continue;
    const file = relative(dist, join(root, path));
    entries[file.replace(/(?:-[A-Z0-9]{8})?\.\w+$/, '')] = file;
  }
  return {
    read: sourcesOf(metafile),
    contents: new Map(outputFiles.map(({ path, contents }) => [relative(dist, path), contents])),
    entries,
  };
}

/** What else was read hangs on the lock file. */
export function sourcesOf({ inputs }) {
  return Object.keys(inputs).filter((path) => path.startsWith('src/'));
}
