/** System errors are reported in one line with a fix; signals, and what no argument may show. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProjectRig, program } from './project-rig.ts';

const rig = new ProjectRig();

/** One line with the error, one with the fix, and no stack. */
function expectPlain({ code, err }: ReturnType<ProjectRig['pipeline']>, named: string): void {
  expect(err).toMatch(/^error: .*\n {2}help: .*\n(?:\n1 problem; nothing ran\n)?$/);
  expect(err).toContain(named);
  expect(code).toBe(2);
}

describe('a system error is reported with a fix', () => {
  const commands = [['plan'], ['run'], ['lock'], ['verify'], ['gc'], ['runs'], ['log', 'a']];

  it.each(commands)('artifacts is a link to a disk that is not mounted: %s', (...words) => {
    symlinkSync('/mnt/not-mounted', join(rig.folder, 'artifacts'));
    expectPlain(
      rig.pipeline(words),
      '"artifacts" is a link to /mnt/not-mounted, which does not exist',
    );
  });

  it.each(commands)('artifacts is a file: %s', (...words) => {
    writeFileSync(join(rig.folder, 'artifacts'), '');
    expectPlain(rig.pipeline(words), '"artifacts" is a file');
  });

  it.each([['plan'], ['run'], ['log', 'a']])('the working folder was removed: %s', (...words) => {
    // A process keeps its folder after another process removed it.
    const script = `rmdir "$PWD"; exec "$@"`;
    const all = ['-c', script, 'sh', process.execPath, program, ...words];
    const gone = join(rig.folder, 'gone');
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
      chmodSync(rig.root, 0o755);
      expect(rig.pipeline(['run']).code).toBe(0);
      execFileSync('chmod', ['-R', 'a-w,a+rX', rig.folder]);
      expectPlain(rig.pipeline(['lock'], asOther), rig.folder);
      chmodSync(join(rig.folder, 'artifacts'), isRoot ? 0o700 : 0o000);
      expectPlain(rig.pipeline(['plan'], asOther), 'artifacts');
      expectPlain(rig.pipeline(['runs'], asOther), 'artifacts');
      execFileSync('chmod', ['-R', 'u+rwX', rig.folder]);
    },
  );

  it.skipIf(!mayStart).each(['actions', 'objects'])(
    'gc deletes nothing if it can not read the %s of the store (skipped if another account can not read the program)',
    (kind) => {
      chmodSync(rig.root, 0o755);
      expect(rig.pipeline(['run']).code).toBe(0);
      const store = join(rig.folder, 'artifacts', 'store');
      const listed = () => execFileSync('find', [store, '-type', 'f'], { encoding: 'utf8' });
      const shards = readdirSync(join(store, kind)).map((name) => join(store, kind, name));
      // Without an index, gc must read the records.
      for (const gone of [[], ['state/plan'], ['state/results', 'state/files', 'state/digests']]) {
        for (const name of gone) rmSync(join(store, name), { recursive: true, force: true });
        execFileSync('chmod', ['-R', 'a+rwX', rig.folder]);
        const before = listed();
        for (const shard of shards) chmodSync(shard, isRoot ? 0o700 : 0o000);
        const { code, err } = rig.pipeline(['gc', '--keep-days', '0'], asOther);
        expect(code).toBe(1);
        expect(err).toMatch(/help: /);
        expect(err).toContain(join(store, kind));
        for (const shard of shards) chmodSync(shard, 0o777);
        expect(listed()).toBe(before);
      }
    },
  );

  it('a bug is shown with its stack and where to report it, and has its own exit code', () => {
    const breaking = join(rig.folder, 'breaking.mjs');
    writeFileSync(
      breaking,
      `import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      fs.readdirSync = () => undefined.length;
      syncBuiltinESMExports();`,
    );
    const { code, err } = rig.pipeline(['runs'], {
      env: { ...process.env, NODE_OPTIONS: `--import=${breaking}` },
    });
    expect(code).toBe(70);
    expect(err).toMatch(/^error: this is a bug in the program \(lowrank-pipeline \d/);
    expect(err).toMatch(/TypeError: Cannot read properties of undefined/);
    expect(err).toMatch(/^ {4}at /m);
    expect(err).toContain('help: report it to the maintainers');
  });
});

it('a command of 140 kB runs', () => {
  const run = `: ${'x'.repeat(140_000)}\necho hi > o`;
  const text = `stages:\n  a:\n    run: ${JSON.stringify(run)}\n    outputs: [o]\n`;
  writeFileSync(join(rig.folder, 'pipeline.yaml'), text);
  expect(rig.pipeline(['run'])).toMatchObject({ code: 0, err: '' });
});

it('the address of a page that may start runs is in no argument, and in a file that only this user can read', async () => {
  const opened = join(rig.folder, 'opened');
  const opener = join(rig.folder, 'bin', process.platform === 'darwin' ? 'open' : 'xdg-open');
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
  const watcher = watch(rig.folder);
  const seen = new Promise<void>((done) =>
    watcher.on('change', (_type, name) => name === 'opened' && done()),
  );
  const env = {
    ...process.env,
    PATH: `${dirname(opener)}:${process.env.PATH}`,
    TMPDIR: rig.folder,
  };
  const child = spawn(process.execPath, [program, 'ui', '--open', '--allow-run'], {
    cwd: rig.folder,
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
  const config = join(rig.folder, 'config.yaml');
  execFileSync('mkfifo', [config]);
  const child = spawn(process.execPath, [program, command, '-c', config], {
    cwd: rig.folder,
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  // The program opens the configuration and then waits for text that never comes.
  const writer = await open(config, 'w');
  child.kill('SIGTERM');
  const [code, signal] = await ended;
  await writer.close();
  expect([code, signal]).toEqual([null, 'SIGTERM']);
  expect(existsSync(join(rig.folder, 'artifacts', 'latest'))).toBe(false);
});
