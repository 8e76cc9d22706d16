/**
 * Builds `dist/`: the program in one bundle a process, and the code digest of each stage type.
 *
 * Files have their content's hash in their name and `dist/build.json` names those of this build, so
 * that a program that is running goes on with its own files while a new build appears beside them.
 * `dist/main.js` and `dist/index.js` are the fixed names. Runs by `npm ci`, and by itself when a source has changed.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

/** Kept as packages: what loads files of its own beside its code, or is loaded by few stages. */
const external = [
  '@tensorflow/*',
  '@resvg/*',
  'vega',
  'vega-lite',
  'pdfkit',
  'svg-to-pdfkit',
  'fontkit',
  'esbuild',
  'dejavu-fonts-ttf',
];

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
};

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

/** Edits that come while a build goes on must not be taken for built: then it begins again. */
export async function build() {
  for (;;) {
    const before = sourceStats();
    await buildOnce(before);
    if (JSON.stringify(sourceStats()) === JSON.stringify(before)) return;
  }
}

/** Path -> size, time of change and inode of everything that a build reads. */
function sourceStats() {
  const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const sources = names
    .filter((name) => /\.(?:tsx?|css)$/.test(name))
    .map((name) => `src/${name.replaceAll('\\', '/')}`);
  const stats = {};
  for (const path of [
    ...sources,
    'package-lock.json',
    'package.json',
    'scripts/build.mjs',
    'tsconfig.json',
  ].sort()) {
    const status = statSync(join(root, path), { throwIfNoEntry: false });
    if (status) stats[path] = [status.size, status.mtimeMs, status.ino];
  }
  return stats;
}

async function buildOnce(inputs) {
  mkdirSync(dist, { recursive: true });
  const split = {
    ...common,
    entryNames: '[name]-[hash]',
    chunkNames: 'chunk-[hash]',
    splitting: true,
    external,
    write: false,
    outdir: dist,
  };
  const program = await esbuild.build({
    ...split,
    entryPoints: {
      program: 'src/program.ts',
      index: 'src/index.ts',
      'code-digest': 'src/runner/key/code-digest.ts',
    },
    plugins: [describesOnly],
  });
  const worker = await esbuild.build({
    ...split,
    entryPoints: { worker: 'src/worker.ts', measure: 'src/measure.ts' },
  });
  const page = await esbuild.build({
    ...common,
    banner: {},
    entryPoints: { page: 'src/web/page/main.tsx', style: 'src/web/page/style.css' },
    entryNames: '[name]-[hash]',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    write: false,
    outdir: dist,
  });
  const outputFiles = [...program.outputFiles, ...worker.outputFiles, ...page.outputFiles];
  const launcher = await esbuild.build({
    ...common,
    entryPoints: { main: 'src/main.ts' },
    external,
    write: false,
    outdir: dist,
  });
  // Names tell contents: what is there already is the same, and another process may be reading it.
  for (const { path, contents } of outputFiles) {
    if (existsSync(path)) touch(path);
    else writeWhole(path, contents, 0o644);
  }
  const files = [...new Set(outputFiles.map(({ path }) => relative(dist, path)))];
  const entry = (name, end = '.js') =>
    files.find((file) => file.startsWith(`${name}-`) && file.endsWith(end));
  const { digestCode } = await import(pathToFileURL(join(dist, entry('code-digest'))));
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const names = readdirSync(join(root, 'src/stages')).filter(
    (name) => name.endsWith('.ts') && name !== 'index.ts',
  );
  const codes = {};
  await Promise.all(
    names.sort().map(async (name) => {
      codes[name.replace(/\.ts$/, '')] = await digestCode(
        `src/stages/${name}`,
        root,
        lock,
        esbuild,
      );
    }),
  );
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const record = {
    version,
    program: entry('program'),
    worker: entry('worker'),
    measure: entry('measure'),
    page: { script: entry('page'), style: entry('style', '.css') },
    files,
    codes: Object.fromEntries(Object.entries(codes).sort(([a], [b]) => (a < b ? -1 : 1))),
    inputs,
  };
  writeWhole(join(dist, 'main.js'), `#!/usr/bin/env node\n${launcher.outputFiles[0].text}`, 0o755);
  writeWhole(join(dist, 'index.js'), `export * from './${entry('index')}';\n`, 0o644);
  writeWhole(join(dist, 'build.json'), JSON.stringify(record), 0o644);
  removeOld(new Set(files));
}

function writeWhole(path, text, mode) {
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, text, { mode });
  renameSync(beside, path);
}

function touch(path) {
  const now = new Date();
  utimesSync(path, now, now);
}

const fixed = new Set(['main.js', 'index.js', 'build.json', 'types']);

const UNUSED_MS = 7 * 24 * 3600 * 1000;

/**
 * A program that runs touches its files every hour, so these belong to nobody. With `--clean`, as for a
 * package, whatever is not of this build goes.
 */
function removeOld(current) {
  const recently = process.argv.includes('--clean') ? Date.now() : Date.now() - UNUSED_MS;
  for (const name of readdirSync(dist)) {
    if (fixed.has(name) || current.has(name)) continue;
    const status = statSync(join(dist, name), { throwIfNoEntry: false });
    if (status && status.mtimeMs < recently) rmSync(join(dist, name), { force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await build();
  } catch (problem) {
    const errors = problem.errors ?? [];
    const lines = await esbuild.formatMessages(errors, {
      kind: 'error',
      color: process.stderr.isTTY === true,
    });
    process.stderr.write(errors.length > 0 ? lines.join('\n') : `${problem.stack}\n`);
    process.exitCode = 1;
  }
}
