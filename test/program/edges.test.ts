/** System errors are reported in one line with a fix. Output of a command is written completely, or the error is reported. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const program = resolve('dist/main.js');
const root = mkdtempSync(join(tmpdir(), 'edges-'));
const PIPELINE = 'stages:\n  a:\n    run: echo hi > o\n    outputs: [o]\n';
let folder: string;
let projects = 0;

beforeEach(() => {
  folder = join(root, String(projects++));
  mkdirSync(folder);
  writeFileSync(join(folder, 'pipeline.yaml'), PIPELINE);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function pipeline(words: readonly string[], options: object = {}) {
  const all = { cwd: folder, encoding: 'utf8', ...options } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], all);
  return { code: status, out: stdout, err: stderr };
}

/** One line with the error, one with the fix, and no stack. */
function expectPlain({ code, err }: ReturnType<typeof pipeline>, named: string): void {
  expect(err).toMatch(/^error: .*\n {2}help: .*\n(?:\n1 problem; nothing ran\n)?$/);
  expect(err).toContain(named);
  expect(code).toBe(2);
}

describe('a system error is reported with a fix', () => {
  const commands = [['plan'], ['run'], ['lock'], ['verify'], ['gc'], ['runs'], ['log', 'a']];

  it.each(commands)('artifacts is a link to a disk that is not mounted: %s', (...words) => {
    symlinkSync('/mnt/not-mounted', join(folder, 'artifacts'));
    expectPlain(pipeline(words), '"artifacts" is a link to /mnt/not-mounted, which does not exist');
  });

  it.each(commands)('artifacts is a file: %s', (...words) => {
    writeFileSync(join(folder, 'artifacts'), '');
    expectPlain(pipeline(words), '"artifacts" is a file');
  });

  it.each([['plan'], ['run'], ['log', 'a']])('the working folder was removed: %s', (...words) => {
    // A process keeps its folder after another process removed it.
    const script = `rmdir "$PWD"; exec "$@"`;
    const all = ['-c', script, 'sh', process.execPath, program, ...words];
    const gone = join(folder, 'gone');
    mkdirSync(gone);
    const { status, stderr } = spawnSync('/bin/sh', all, { cwd: gone, encoding: 'utf8' });
    expectPlain({ code: status, out: '', err: stderr }, 'the current folder no longer exists');
  });

  const other = { uid: 65534, gid: 65534 };
  const isRoot = process.getuid?.() === 0;
  const asOther = isRoot ? other : {};
  const mayStart = spawnSync(process.execPath, [program, '--version'], asOther).status === 0;

  it.skipIf(!mayStart)(
    'artifacts is not writable (skipped if another account can not read the program)',
    () => {
      chmodSync(root, 0o755);
      expect(pipeline(['run']).code).toBe(0);
      execFileSync('chmod', ['-R', 'a-w,a+rX', folder]);
      expectPlain(pipeline(['lock'], asOther), folder);
      chmodSync(join(folder, 'artifacts'), isRoot ? 0o700 : 0o000);
      expectPlain(pipeline(['plan'], asOther), 'artifacts');
      expectPlain(pipeline(['runs'], asOther), 'artifacts');
      execFileSync('chmod', ['-R', 'u+rwX', folder]);
    },
  );

  it.skipIf(!mayStart).each(['actions', 'objects'])(
    'gc deletes nothing if it can not read the %s of the store (skipped if another account can not read the program)',
    (kind) => {
      chmodSync(root, 0o755);
      expect(pipeline(['run']).code).toBe(0);
      const store = join(folder, 'artifacts', 'store');
      const listed = () => execFileSync('find', [store, '-type', 'f'], { encoding: 'utf8' });
      const shards = readdirSync(join(store, kind)).map((name) => join(store, kind, name));
      // Without an index, gc must read the records.
      for (const gone of [[], ['state/plan'], ['state/results', 'state/files', 'state/digests']]) {
        for (const name of gone) rmSync(join(store, name), { recursive: true, force: true });
        execFileSync('chmod', ['-R', 'a+rwX', folder]);
        const before = listed();
        for (const shard of shards) chmodSync(shard, isRoot ? 0o700 : 0o000);
        const { code, err } = pipeline(['gc', '--keep-days', '0'], asOther);
        expect(code).toBe(1);
        expect(err).toMatch(/help: /);
        expect(err).toContain(join(store, kind));
        for (const shard of shards) chmodSync(shard, 0o777);
        expect(listed()).toBe(before);
      }
    },
  );

  it('a bug is shown with its stack and where to report it, and has its own exit code', () => {
    const breaking = join(folder, 'breaking.mjs');
    writeFileSync(
      breaking,
      `import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      fs.readdirSync = () => undefined.length;
      syncBuiltinESMExports();`,
    );
    const { code, err } = pipeline(['runs'], {
      env: { ...process.env, NODE_OPTIONS: `--import=${breaking}` },
    });
    expect(code).toBe(70);
    expect(err).toMatch(/^error: this is a bug in the program \(lowrank-pipeline \d/);
    expect(err).toMatch(/TypeError: Cannot read properties of undefined/);
    expect(err).toMatch(/^ {4}at /m);
    expect(err).toContain('help: report it to the maintainers');
  });
});

describe('standard output', () => {
  const commands = [
    ['plan', '--json'],
    ['run'],
    ['run', '--json'],
    ['log', 'a'],
    ['graph'],
    ['runs'],
  ];

  const ran = join(root, 'ran');
  beforeAll(() => {
    mkdirSync(ran);
    writeFileSync(join(ran, 'pipeline.yaml'), PIPELINE);
    expect(pipeline(['run'], { cwd: ran }).code).toBe(0);
  });

  it.skipIf(!existsSync('/dev/full')).each(commands)(
    'that can not be written is reported (skipped without /dev/full): %s',
    (...words) => {
      const { code, err } = pipeline(words, {
        cwd: ran,
        stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
      });
      expect(err).toMatch(/^error: standard output can't be written: ENOSPC/m);
      expect(code).toBe(1);
    },
  );

  it.each(commands)('that was closed by its reader ends it quietly: %s', async (...words) => {
    const child = spawn(process.execPath, [program, ...words], { cwd: ran });
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (text) => {
      err += String(text);
    });
    const [code] = await once(child, 'close');
    expect([code, err]).toEqual([141, '']);
  });
});

describe('a long log', () => {
  const said = 'seq 1 200000; touch o';
  const cwd = join(root, 'long');
  beforeAll(() => {
    mkdirSync(cwd);
    const text = `stages:\n  a:\n    run: ${said}\n    outputs: [o]\n`;
    writeFileSync(join(cwd, 'pipeline.yaml'), text);
    expect(pipeline(['run', '--quiet'], { cwd }).code).toBe(0);
  });

  it('is printed completely, with --tail, and as JSON', () => {
    const big = { cwd, maxBuffer: 100 << 20 };
    const lines = pipeline(['log', 'a'], big).out.split('\n');
    expect([lines.length, lines[100_000]]).toEqual([200_003, '  100000']);
    const end = pipeline(['log', 'a', '--tail', '2'], { cwd }).out.split('\n');
    expect(end.slice(1, -2)).toEqual(['  199999', '  200000']);
    const { lines: all } = JSON.parse(pipeline(['log', 'a', '--json'], big).out);
    expect([all.length, all[0], all.at(-1)]).toEqual([200_000, '1', '200000']);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('that is not read ends on %s', async (signal) => {
    const child = spawn(process.execPath, [program, 'log', 'a'], { cwd });
    await once(child.stdout, 'readable');
    // The pipe stays full.
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([130, null]);
  });
});

it('a command of 140 kB runs', () => {
  const run = `: ${'x'.repeat(140_000)}\necho hi > o`;
  const text = `stages:\n  a:\n    run: ${JSON.stringify(run)}\n    outputs: [o]\n`;
  writeFileSync(join(folder, 'pipeline.yaml'), text);
  expect(pipeline(['run'])).toMatchObject({ code: 0, err: '' });
});

it('the address of a page that may start runs is in no argument, and in a file that only this user can read', async () => {
  const opened = join(folder, 'opened');
  const opener = join(folder, 'bin', process.platform === 'darwin' ? 'open' : 'xdg-open');
  mkdirSync(dirname(opener));
  writeFileSync(
    opener,
    `#!/bin/sh
file="\${1#file://}"
{ echo "$*"; ls -ld "$(dirname "$file")" "$file" | cut -c1-10; cat "$file"; } > "${opened}.new"
mv "${opened}.new" "${opened}"
`,
    { mode: 0o755 },
  );
  const watcher = watch(folder);
  const seen = new Promise<void>((done) =>
    watcher.on('change', (_type, name) => name === 'opened' && done()),
  );
  const env = { ...process.env, PATH: `${dirname(opener)}:${process.env.PATH}`, TMPDIR: folder };
  const child = spawn(process.execPath, [program, 'ui', '--open', '--allow-run'], {
    cwd: folder,
    env,
  });
  const ended = once(child, 'close');
  const [address] = await once(child.stdout, 'data');
  const [, token] = /#token=(\S+)/.exec(String(address))!;
  await seen;
  watcher.close();
  const [words, folderMode, fileMode, ...page] = readFileSync(opened, 'utf8').split('\n');
  expect(words).toMatch(/^file:\/\/\S+$/);
  expect(words).not.toContain(token);
  expect([folderMode, fileMode]).toEqual(['drwx------', '-rw-------']);
  expect(page.join('\n')).toContain(token);
  child.kill('SIGTERM');
  await ended;
  expect(existsSync(words!.slice('file://'.length))).toBe(false);
});

it.each(['run', 'plan'])('SIGTERM ends %s while it plans', async (command) => {
  const config = join(folder, 'config.yaml');
  execFileSync('mkfifo', [config]);
  const child = spawn(process.execPath, [program, command, '-c', config], {
    cwd: folder,
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  // The program opens the configuration and then waits for text that never comes.
  const writer = await open(config, 'w');
  child.kill('SIGTERM');
  const [code, signal] = await ended;
  await writer.close();
  expect([code, signal]).toEqual([null, 'SIGTERM']);
  expect(existsSync(join(folder, 'artifacts', 'latest'))).toBe(false);
});
