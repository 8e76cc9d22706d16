/** An incremental build has the same bytes as a full build. */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StageCode } from '../../src/runner/key/stage-code.ts';

const folder = mkdtempSync(join(tmpdir(), 'build-'));

beforeAll(async () => {
  for (const name of ['src', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json']) {
    cpSync(name, join(folder, name), { recursive: true });
  }
  linkPackages();
  keepFewStages();
  writeFileSync(join(folder, 'builder.mjs'), BUILDER);
  builder = fork(join(folder, 'builder.mjs'));
  await build();
});
afterAll(() => {
  builder.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** They do not depend on our sources, and nothing is drawn here. To bundle them takes an eighth of a full build. */
const EMPTY = ['fontkit', 'pdfkit', 'svg-to-pdfkit', 'vega', 'vega-canvas', 'vega-lite'];

function linkPackages(): void {
  const packages = join(folder, 'node_modules');
  mkdirSync(packages);
  for (const name of readdirSync('node_modules')) {
    if (!EMPTY.includes(name)) symlinkSync(resolve('node_modules', name), join(packages, name));
  }
  for (const name of EMPTY) {
    const file = name === 'vega-canvas' ? 'build/vega-canvas.browser.js' : 'index.js';
    mkdirSync(dirname(join(packages, name, file)), { recursive: true });
    writeFileSync(join(packages, name, file), 'module.exports = {};\n');
  }
}

/** Stage types with and without heavy packages, two of them with modules in common. */
const KEPT = ['command', 'decompose', 'download', 'factorize', 'report'];

/** Each stage type has its own digest, which is made in the same way. All of them would take most of the time. */
function keepFewStages(): void {
  const ofKept = (line: string, name: string): string => (KEPT.includes(name) ? line : '');
  edit('src/stages/index.ts', (text) =>
    text
      .replace(/^import \{ \w+ \} from '\.\/([\w-]+)\.ts';\n/gm, ofKept)
      .replace(/^ {2}(\w+),\n/gm, ofKept),
  );
  const stages = join(folder, 'src/stages');
  for (const name of readdirSync(stages)) {
    if (name.endsWith('.ts') && ![...KEPT, 'index'].includes(name.slice(0, -3)))
      unlinkSync(join(stages, name));
  }
}

/**
 * Builds again and again in one process. It digests the text of a file once, which takes most of a build.
 * A process for each build would digest all files each time.
 */
const BUILDER = `
import { build } from './scripts/build.mjs';
process.on('message', async (options) => {
  try {
    await build(options);
    process.send('built');
  } catch (problem) {
    process.send(String(problem.stack));
  }
});
`;
let builder: ChildProcess;

async function build(options: { onlyChanged?: boolean } = {}): Promise<void> {
  const answer = once(builder, 'message');
  builder.send(options);
  expect((await answer)[0]).toBe('built');
}

function buildAlone(...words: readonly string[]) {
  const all = [join(folder, 'scripts/build.mjs'), ...words];
  return spawnSync(process.execPath, all, { encoding: 'utf8' });
}

interface Build {
  readonly files: readonly string[];
  readonly codes: Readonly<Record<string, Omit<StageCode, 'files'>>>;
}

/** Includes the text of the files whose names have no hash. */
function built(): Build {
  const text = (name: string): string => readFileSync(join(folder, 'dist', name), 'utf8');
  const record = JSON.parse(text('build.json')) as Build;
  const fixed = { main: text('main.js'), index: text('index.js') };
  return { ...record, ...fixed, files: [...record.files].sort() };
}

/** Without the times and contents of the sources. */
function withoutInputs(build: Build): object {
  return { ...build, inputs: undefined };
}

function edit(path: string, change: (text: string) => string): void {
  const file = join(folder, path);
  const before = readFileSync(file, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(file, after);
}

/** The stage types whose code changed. */
function changedCodes(before: Build, after: Build): string[] {
  const inKey = ({ codes }: Build, name: string): string => {
    const { digest, packages } = codes[name]!;
    return JSON.stringify([digest, packages]);
  };
  return Object.keys(after.codes).filter((name) => inKey(after, name) !== inKey(before, name));
}

const REMARK = '// A remark.\n';

/** After a full build for each of these, the build is the same as before it. */
it.each<[string, () => void]>([
  ['nothing', () => undefined],
  ['a comment', () => edit('src/linalg/rank.ts', (text) => text + REMARK)],
])('after a change of %s, the build is the same', async (_what, change) => {
  const before = built();
  change();
  await build({ onlyChanged: true });
  expect(withoutInputs(built())).toEqual(withoutInputs(before));
});

/** No change affects the parts of the change before it, so one full build can check both. */
const SHOWN_BY_THE_NEXT = [
  'a new file, imported',
  'a file removed',
  'the page',
  'the code that makes digests',
];

it.each<[string, () => void, readonly string[]]>([
  [
    'a colour',
    () => edit('src/report/charts/theme.ts', (text) => text.replace("'#222222'", "'#222288'")),
    ['report'],
  ],
  [
    'a module that several stages share',
    () => edit('src/linalg/rank.ts', (text) => text.replaceAll('Math.max(', 'Math.max(0, ')),
    ['decompose', 'factorize'],
  ],
  [
    'a new file, imported',
    () => {
      writeFileSync(join(folder, 'src/report/paper.ts'), "export const PAPER = 'ivory';\n");
      edit('src/report/charts/theme.ts', (text) =>
        `import { PAPER } from '../paper.ts';\n${text}`.replace("'white'", 'PAPER'),
      );
    },
    ['report'],
  ],
  [
    'an import moved to another file',
    () => {
      edit('src/report/charts/theme.ts', (text) => text.replace('../paper.ts', './font.ts'));
      edit('src/report/charts/font.ts', (text) => `${text}export const PAPER = 'snow';\n`);
    },
    ['report'],
  ],
  ['a file removed', () => unlinkSync(join(folder, 'src/report/paper.ts')), []],
  ['the page', () => edit('src/web/page/style.css', (text) => `${text}p{color:red}`), []],
  ['the launcher', () => edit('src/main.ts', (text) => text.replace('300', '301')), []],
  [
    'the code that makes digests',
    () => edit('src/runner/key/digest.ts', (text) => text.replaceAll("'sha256'", "'sha512-256'")),
    KEPT,
  ],
  [
    'a version in the lock file',
    () => edit('package-lock.json', (text) => text.replaceAll('"6.4.0"', '"6.4.9"')),
    ['report'],
  ],
])('after a change of %s', async (what, change, expected) => {
  const before = built();
  change();
  await build({ onlyChanged: true });
  const changed = built();
  expect(changedCodes(before, changed)).toEqual(expected);
  if (SHOWN_BY_THE_NEXT.includes(what)) return;
  await build();
  expect(changed).toEqual(built());
});

describe('a start', () => {
  const start = (options: object = {}) => {
    const all = [join(folder, 'dist/main.js'), '--version'];
    const { status, stdout, stderr } = spawnSync(process.execPath, all, {
      encoding: 'utf8',
      ...options,
    });
    return { status, version: stdout.trim(), stderr };
  };
  const filesOfBuild = () => readdirSync(join(folder, 'dist')).sort();
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const fine = { status: 0, version, stderr: '' };

  it('builds nothing if the sources were touched but not changed', () => {
    const before = filesOfBuild();
    const parts = statSync(join(folder, 'dist/parts.json')).mtimeMs;
    const now = new Date();
    for (const name of ['src/main.ts', 'src/linalg/rank.ts'])
      utimesSync(join(folder, name), now, now);
    const copy = join(folder, 'src/program.ts.new');
    cpSync(join(folder, 'src/program.ts'), copy);
    renameSync(copy, join(folder, 'src/program.ts'));
    expect(start()).toEqual(fine);
    expect(filesOfBuild()).toEqual(before);
    expect(statSync(join(folder, 'dist/parts.json')).mtimeMs).toBe(parts);
    // The build has the new stats, so a change of one source is a change of only that one.
    const made = built();
    edit('src/linalg/rank.ts', (text) => text + REMARK);
    expect(buildAlone('--changed').status).toBe(0);
    expect(changedCodes(made, built())).toEqual([]);
  });

  it('of a user who can not write to the build uses a private build', () => {
    const isRoot = process.getuid?.() === 0;
    const cache = mkdtempSync(join(tmpdir(), 'cache-'));
    const env = { ...process.env, XDG_CACHE_HOME: cache };
    const asOther = isRoot ? { uid: 65534, gid: 65534, env } : { env };
    chmodSync(cache, 0o777);
    spawnSync('chmod', ['-R', 'a+rX', folder]);
    // Without read access for this account, the test is impossible.
    if (start(asOther).status !== 0) return;
    edit('src/linalg/rank.ts', (text) => text + REMARK);
    spawnSync('chmod', ['-R', 'a+rX,a-w', folder]);
    try {
      const before = filesOfBuild();
      expect(start(asOther)).toEqual(fine);
      expect(filesOfBuild()).toEqual(before);
      const [name] = readdirSync(join(cache, 'lowrank-pipeline/builds'));
      const own = join(cache, 'lowrank-pipeline/builds', name!, 'dist');
      const made = statSync(join(own, 'build.json')).mtimeMs;
      expect(start(asOther)).toEqual(fine);
      expect(statSync(join(own, 'build.json')).mtimeMs).toBe(made);
      expect(
        start({ ...asOther, env: { ...env, XDG_CACHE_HOME: join(folder, 'package.json') } }),
      ).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/help: set XDG_CACHE_HOME/),
      });
    } finally {
      spawnSync('chmod', ['-R', 'u+w', folder]);
      rmSync(cache, { recursive: true, force: true });
    }
  });
});

it('after sources that could not be built', async () => {
  const last = built();
  edit('src/report/charts/theme.ts', (text) => `${text}}`);
  const { status, stderr } = buildAlone('--changed');
  expect(status).toBe(1);
  expect(stderr).toContain('src/report/charts/theme.ts');
  expect(built()).toEqual(last);
  edit('src/report/charts/theme.ts', (text) => text.slice(0, -1));
  expect(buildAlone('--changed').stderr).toBe('');
  const changed = built();
  await build();
  expect(changed).toEqual(built());
});
