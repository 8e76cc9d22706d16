/**
 * Builds `dist/`: the program in one bundle a process, and the code digest of each stage type.
 *
 * Files have their content's hash in their name and `dist/build.json` names those of this build, so
 * that a program that is running goes on with its own files while a new build appears beside them.
 * `dist/main.js` is the one fixed name. Runs by `npm ci`, and by itself when a source has changed.
 */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

/** Kept as packages: what loads files of its own beside its code, or is loaded by few stages. */
const external = ['@tensorflow/*', '@resvg/*', 'vega', 'vega-lite', 'esbuild', 'dejavu-fonts-ttf'];

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
  keepNames: true,
  legalComments: 'none',
  // CommonJS packages in an ESM bundle still call `require`.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
};

export async function build() {
  mkdirSync(dist, { recursive: true });
  const program = await esbuild.build({
    ...common,
    entryPoints: {
      program: 'src/program.ts',
      worker: 'src/worker.ts',
      'code-digest': 'src/runner/key/code-digest.ts',
    },
    entryNames: '[name]-[hash]',
    chunkNames: 'chunk-[hash]',
    splitting: true,
    external,
    outdir: dist,
  });
  const launcher = await esbuild.build({
    ...common,
    entryPoints: { main: 'src/main.ts' },
    external: ['./program', ...external],
    write: false,
    outdir: dist,
  });
  const entry = (name) =>
    relative(
      'dist',
      Object.keys(program.metafile.outputs).find((path) => path.startsWith(`dist/${name}-`)),
    );
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
  const sources = new Set(['package-lock.json', 'package.json', 'scripts/build.mjs']);
  for (const { metafile } of [program, launcher]) {
    for (const path of Object.keys(metafile.inputs)) if (path.startsWith('src/')) sources.add(path);
  }
  const inputs = {};
  for (const path of [...sources].sort()) {
    const { size, mtimeMs, ino } = statSync(join(root, path));
    inputs[path] = [size, mtimeMs, ino];
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const record = {
    version,
    program: entry('program'),
    worker: entry('worker'),
    codes: Object.fromEntries(Object.entries(codes).sort(([a], [b]) => (a < b ? -1 : 1))),
    inputs,
  };
  writeWhole(join(dist, 'main.js'), `#!/usr/bin/env node\n${launcher.outputFiles[0].text}`, 0o755);
  writeWhole(join(dist, 'build.json'), JSON.stringify(record), 0o644);
  removeOld(new Set(Object.keys(program.metafile.outputs).map((path) => relative('dist', path))));
}

function writeWhole(path, text, mode) {
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, text, { mode });
  renameSync(beside, path);
}

/** A build of the last day may still be running somewhere. */
function removeOld(current) {
  const yesterday = Date.now() - 24 * 3600 * 1000;
  for (const name of readdirSync(dist)) {
    if (name === 'main.js' || name === 'build.json' || current.has(name)) continue;
    if (statSync(join(dist, name)).mtimeMs < yesterday) rmSync(join(dist, name));
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
