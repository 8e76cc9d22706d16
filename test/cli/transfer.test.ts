/** `pipeline push`, `pipeline pull`, and the option `--cache`. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeText } from '../../src/app/folders.ts';
import { FolderRemote } from '../../src/remote/folder.ts';
import { signerOf } from '../../src/runner/index.ts';
import { jsonLines, Terminal } from './terminal.ts';

let folder: string;
let here: Terminal;
let there: Terminal;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cache-'));
  [here, there] = [new Terminal(), new Terminal()];
  for (const one of [here, there]) {
    one.text = `
stages:
  a: { uses: make, with: { name: a } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
`;
    one.remote = {
      open: async () => ({ remote: new FolderRemote(folder, '../cache') }),
      writes: false,
    };
  }
});
afterEach(() => {
  here.remove();
  there.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe('pipeline push and pull', () => {
  it('copy results from one project to another', async () => {
    await here.pipeline('run');
    expect(await here.pipeline('push', '--dry-run')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^would push 2 results \(8 files, \d+ B\); nothing was copied\n$/),
    });
    expect(readdirSync(folder)).toEqual([]);
    expect((await here.pipeline('push')).out).toMatch(
      /^2 results \(8 files, .*\) pushed to \.\.\/cache\n$/,
    );
    expect((await here.pipeline('push')).out).toBe(
      '0 results (0 files, 0 B) pushed to ../cache\n2 results were there before\n',
    );
    const would = await there.pipeline('pull', '-n', 'b');
    expect(would.out).toMatch(/^would pull 2 results \(8 files/);
    expect((await there.pipeline('pull')).out).toMatch(/^2 results \(8 files, .*\) pulled from/);
    expect((await there.pipeline('pull')).out).toContain('2 results were here before\n');
    there.remote = undefined;
    expect((await there.pipeline('run')).out).toContain('0 executed, 2 cached');
    expect((await there.pipeline('log', 'a')).err).toMatch(/^error: no run executed a stage "a"\n/);
  });

  it('say what has no result', async () => {
    const { code, out } = await here.pipeline('pull');
    expect(code).toBe(0);
    expect(out).toBe(
      '0 results (0 files, 0 B) pulled from ../cache\n2 stages have no result; "pipeline plan" shows why\n',
    );
  });

  it('fail if results could not be copied', async () => {
    await here.pipeline('run');
    await here.pipeline('push');
    for (const name of readdirSync(join(folder, 'cas'))) rmSync(join(folder, 'cas', name));
    const { code, out } = await there.pipeline('pull');
    expect(code).toBe(1);
    expect(out).toContain('2 results were not copied; try again later\n');
    rmSync(folder, { recursive: true });
    const pushed = await here.pipeline('push');
    expect(pushed.code).toBe(1);
    expect(pushed.err).toBe(
      'warning: the cache ../cache does not exist; create the folder, or mount its disk\n',
    );
  });

  it('print JSON', async () => {
    await here.pipeline('run');
    const [pushed] = jsonLines((await here.pipeline('push', '--json')).out);
    expect(pushed).toMatchObject({
      type: 'push-finished',
      dryRun: false,
      address: '../cache',
      results: 2,
      objects: 8,
      failed: 0,
      interrupted: false,
    });
  });

  it('need a cache', async () => {
    here.remote = undefined;
    const { code, err } = await here.pipeline('push');
    expect(code).toBe(2);
    expect(err).toContain('this project has no remote cache');
    expect(err).toContain('name it with "cache:" in pipeline.yaml, or in $PIPELINE_CACHE');
  });
});

it('--cache is given to the project', async () => {
  await here.pipeline('run', '--cache', 'write');
  expect(here.asked).toMatchObject({ cache: 'write' });
  await here.pipeline('explain', 'a');
  expect(here.asked).toMatchObject({ cache: 'off' });
  await here.pipeline('plan');
  expect(here.asked).toMatchObject({ cache: 'read' });
  expect((await here.pipeline('run', '--cache', 'wrong')).code).toBe(2);
});

it('an address with a password is refused', async () => {
  here.columns = 200;
  here.text = `cache: https://me:secret@host/x\n${here.text}`;
  const { code, err } = await here.pipeline('run');
  expect(code).toBe(2);
  expect(err).toContain('the address of the cache contains a user name or a password');
  here.text = here.text.replace('https://me:secret@host/x', 'nonsense');
  expect((await here.pipeline('plan')).err).toContain('is not the address of a cache');
});

describe('pipeline cache new-key', () => {
  it('writes a private key, and prints the public one', async () => {
    const { code, out } = await here.pipeline('cache', 'new-key', '../key');
    expect(code).toBe(0);
    const signer = signerOf(here.files.get('../key')!.trim());
    expect(out).toContain(`cache: { trust: ["${signer?.publicKey}"] }`);
    expect(out).not.toContain('private:');
  });

  it('replaces no file', async () => {
    here.files.set('key', 'mine');
    const { code, out, err } = await here.pipeline('cache', 'new-key', 'key');
    expect([code, out]).toEqual([2, '']);
    expect(err).toBe('error: key is already installed; nothing was written\n');
    expect(here.files.get('key')).toBe('mine');
  });

  it('gives the file to its owner only', () => {
    const file = join(folder, 'key');
    expect(writeText(file, 'secret', 'nothing', 0o600)).toBeUndefined();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(writeText(file, 'other', 'nothing', 0o600)).toBe('already exists');
    expect(writeText(join(folder, 'no', 'key'), 'x', 'nothing')).toContain("can't be written");
  });
});

it('explain and show say which cache a result came from', async () => {
  await here.pipeline('run');
  expect((await here.pipeline('show', 'a')).out).not.toContain('fetched from');
  await here.pipeline('push');
  const { out } = await there.pipeline('run', '--fetch', 'needed');
  expect(out).toContain('0 executed, 2 cached (2 from the remote cache)');
  expect(out).toContain('1 result was left in the remote cache; "pipeline pull" fetches them');
  await there.pipeline('pull');
  for (const command of ['explain', 'show']) {
    const shown = await there.pipeline(command, 'a');
    expect(shown.out).toContain('  fetched from the cache ../cache\n');
    const [json] = jsonLines((await there.pipeline(command, 'a', '--json')).out);
    expect(json).toMatchObject({ made: { cache: '../cache' } });
  }
});

describe('what a pipeline says of its cache', () => {
  const key = `ed25519:${'A'.repeat(43)}`;
  const planOf = (cache: string) => {
    here.columns = 200;
    here.text = `cache: ${cache}\n${here.text}`;
    return here.pipeline('plan');
  };

  it.each([
    ['../cache'],
    ['{ address: ../cache }'],
    [`{ trust: ["${key}"], limit: 50MB/s }`],
    ['{ address: s3://lab/x, limit: 1.5 MB / s }'],
  ])('is accepted: %s', async (cache) => {
    expect(await planOf(cache)).toMatchObject({ code: 0 });
  });

  it.each([
    ['{ address: "https://me:secret@host/x" }', 'contains a user name or a password'],
    ['{ address: "https://host/x?token=secret" }', 'has a part after "?"'],
    ['{ address: ../x, token: secret }', 'unknown key "token"'],
    [`{ trust: ["ed25519-private:${'A'.repeat(43)}"] }`, 'is a private key'],
    ['{ trust: [me] }', 'is not the public key of a key pair'],
    ['{ trust: me }', '"cache.trust"'],
    ['{ limit: 50 }', '"cache.limit"'],
    ['{ limit: 50MB }', 'the limit is not a speed'],
    ['{ limit: 10kB/s }', 'the limit is not a speed'],
    ['[../x]', 'expected a map but found a list'],
  ])('is refused with its place: %s', async (cache, message) => {
    const { code, err } = await planOf(cache);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).toMatch(/pipeline\.yaml:1:\d+/);
  });
});
