/**
 * Builds `dist/`: one bundle per process, and the code digest of each stage type.
 *
 * File names contain the hash of the content, and `dist/build.json` lists the files of the current build. So a running
 * program keeps its files while a new build is written next to them. Only `dist/main.js` and `dist/index.js` have fixed
 * names. `npm ci` runs this script. The program runs it with `--changed` after a change of the sources: then only the
 * parts that read a changed file are rebuilt. `dist/parts.json` lists the sources of each part.
 */
import { createHash } from 'node:crypto';
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
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { bundle, isSource, dist as ownDist, root } from './build/parts.mjs';

/** The output folder. `--into` names another one, for users who can't write to `dist/`. */
const into = process.argv.indexOf('--into');
const dist = into < 0 ? ownDist : resolve(process.argv[into + 1]);

/** If a source changes during the build, it builds again. */
export async function build({ onlyChanged = false } = {}) {
  for (;;) {
    const before = sourceStats();
    await buildOnce(before, onlyChanged ? lastBuild(before) : NOTHING);
    if (contents(sourceStats()) === contents(before)) return;
  }
}

/** A change of one of these files requires a full build. */
const OF_ALL = [
  'package-lock.json',
  'package.json',
  'scripts/build.mjs',
  'scripts/build/parts.mjs',
  'tsconfig.json',
];

/** Path -> size, modification time, inode and digest of each file that a build reads. */
function sourceStats() {
  const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const sources = names
    .filter((name) => /\.(?:tsx?|css)$/.test(name))
    .map((name) => `src/${name.replaceAll('\\', '/')}`);
  const stats = {};
  for (const path of [...sources, ...OF_ALL].sort()) {
    const status = statSync(join(root, path), { throwIfNoEntry: false });
    if (!status) continue;
    const digest = createHash('sha256')
      .update(readFileSync(join(root, path)))
      .digest('hex');
    stats[path] = [status.size, status.mtimeMs, status.ino, digest];
  }
  return stats;
}

/** The contents of the files, without times and inodes. */
function contents(inputs) {
  return JSON.stringify(Object.entries(inputs).map(([path, [, , , digest]]) => [path, digest]));
}

const NOTHING = { parts: {}, codes: {}, evidence: {} };

/** The parts of the last build that are up to date. None if a file was added or removed, or in doubt. */
function lastBuild(inputs) {
  const [build, made] = [readJson('build.json'), readJson('parts.json')];
  const known = build?.evidence && readJson(build.evidence);
  if (!known || !made || contents(build.inputs) !== contents(made.inputs)) return NOTHING;
  const differs = (path) => inputs[path]?.[3] !== made.inputs[path]?.[3];
  const paths = Object.keys(inputs);
  if (paths.join('\n') !== Object.keys(made.inputs).join('\n') || OF_ALL.some(differs))
    return NOTHING;
  const changed = new Set(paths.filter(differs));
  const isKept = ({ read, files }) =>
    read.every((path) => inputs[path] && !changed.has(path)) &&
    files.every((file) => existsSync(join(dist, file)));
  const keep = (all) => Object.fromEntries(Object.entries(all).filter(([, one]) => isKept(one)));
  const codes = Object.entries(made.codes).map(([name, read]) => [
    name,
    { read, files: [], code: { ...build.codes[name], files: known[name] } },
  ]);
  const evidence = Object.assign({}, ...Object.values(known));
  for (const path of changed) delete evidence[path];
  return { parts: keep(made.parts), codes: keep(Object.fromEntries(codes)), evidence };
}

function readJson(name) {
  try {
    return JSON.parse(readFileSync(join(dist, name), 'utf8'));
  } catch (problem) {
    // The file does not exist or is incomplete.
    if (problem.code === 'ENOENT' || problem instanceof SyntaxError) return undefined;
    throw problem;
  }
}

async function buildOnce(inputs, kept) {
  mkdirSync(dist, { recursive: true });
  const drawing = partOf('drawing', kept);
  const program = partOf('program', kept);
  const [parts, codes] = await Promise.all([
    Promise.all([
      drawing,
      program,
      drawing.then(({ entries }) => partOf('worker', kept, entries)),
      partOf('node', kept),
      partOf('page', kept),
      partOf('launcher', kept),
    ]),
    program.then(({ entries }) => codesBy(entries['code-digest'], kept)),
  ]);
  const entries = Object.assign({}, ...parts.map((part) => part.entries));
  const evidence = writeEvidence(mapValues(codes, ({ code }) => code.files));
  const made = parts.flatMap((part) => part.files);
  const files = [...new Set([...made, evidence])].filter((file) => !FIXED.has(file));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const record = {
    version,
    program: entries.program,
    worker: entries.worker,
    node: entries.node,
    measure: entries.measure,
    page: { script: entries.page, style: entries.style },
    files,
    codes: mapValues(codes, ({ code: { digest, packages } }) => ({ digest, packages })),
    evidence,
    inputs,
  };
  const lasting = {
    inputs,
    parts: Object.fromEntries(parts.map((part) => [part.name, part])),
    codes: mapValues(codes, ({ read }) => read),
  };
  writeWhole(join(dist, 'index.js'), `export * from './${entries.index}';\n`, 0o644);
  writeWhole(join(dist, 'parts.json'), JSON.stringify(lasting), 0o644);
  writeWhole(join(dist, 'build.json'), JSON.stringify(record), 0o644);
  removeOld(new Set(files));
}

/** The name contains the hash, so a running program keeps its own file. */
function writeEvidence(evidence) {
  const text = JSON.stringify(evidence);
  const name = `evidence-${createHash('sha256').update(text).digest('hex').slice(0, 8)}.json`;
  const path = join(dist, name);
  if (existsSync(path)) touch(path);
  else writeWhole(path, text, 0o644);
  return name;
}

/** Keeps or rebuilds a part. Returns its name, sources, files and entries. */
async function partOf(name, kept, drawingFiles) {
  const before = kept.parts[name];
  if (before) {
    for (const file of before.files) touch(join(dist, file));
    return before;
  }
  const { read, contents, entries } = await bundle(name, drawingFiles);
  for (const [file, bytes] of contents) {
    const path = join(dist, file);
    if (FIXED.has(file)) writeWhole(path, `#!/usr/bin/env node\n${Buffer.from(bytes)}`, 0o755);
    // The name contains the hash, so an existing file is the same. Another process may be reading it.
    else if (existsSync(path)) touch(path);
    else writeWhole(path, bytes, 0o644);
  }
  return { name, read, files: [...contents.keys()], entries };
}

/** Stage type -> its code digest, and the sources that were read for it. */
async function codesBy(digester, kept) {
  const { digestCodes } = await import(pathToFileURL(join(dist, digester)));
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const names = readdirSync(join(root, 'src/stages'))
    .filter((name) => name.endsWith('.ts') && name !== 'index.ts')
    .map((name) => name.replace(/\.ts$/, ''));
  // A change of the digest code changes all digests.
  const isSameWay = kept.parts.program?.entries['code-digest'] === digester;
  const before = isSameWay ? kept.codes : {};
  const known = isSameWay ? kept.evidence : {};
  const changed = names.filter((name) => !before[name]);
  const entries = changed.map((name) => `src/stages/${name}.ts`);
  const made = entries.length > 0 ? await digestCodes(entries, root, lock, esbuild, { known }) : [];
  const codes = made.map(({ read, ...code }, i) => [
    changed[i],
    { code, read: read.filter(isSource) },
  ]);
  const all = { ...before, ...Object.fromEntries(codes) };
  return Object.fromEntries(names.sort().map((name) => [name, all[name]]));
}

function mapValues(of, change) {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, change(value)]));
}

function writeWhole(path, text, mode) {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, text, { mode });
  renameSync(temporary, path);
}

function touch(path) {
  const now = new Date();
  utimesSync(path, now, now);
}

/** Names without a hash. */
const FIXED = new Set(['main.js', 'index.js', 'build.json', 'parts.json', 'types']);

const UNUSED_MS = 7 * 24 * 3600 * 1000;

/**
 * Deletes files of old builds. A running program touches its files every hour, so older files are unused. With
 * `--clean`, as for a package, it deletes everything that is not part of this build.
 */
function removeOld(current) {
  const recently = process.argv.includes('--clean') ? Date.now() : Date.now() - UNUSED_MS;
  for (const name of readdirSync(dist)) {
    if (FIXED.has(name) || current.has(name)) continue;
    const status = statSync(join(dist, name), { throwIfNoEntry: false });
    if (status && status.mtimeMs < recently) rmSync(join(dist, name), { force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await build({ onlyChanged: process.argv.includes('--changed') });
  } catch (problem) {
    const color = process.stderr.isTTY === true;
    const lines = problem.errors?.length
      ? await esbuild.formatMessages(problem.errors, { kind: 'error', color })
      : [`${problem.stack}\n`];
    process.stderr.write(lines.join('\n'));
    process.exitCode = 1;
  }
}
