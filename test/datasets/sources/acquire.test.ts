/** A data set from mirrors, a folder or an archive: which source is used, and what is refused. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DatasetSource } from '../../../src/datasets/catalog.ts';
import { AcquireRig, contents, facts, flipped, names, packed, sha256 } from './acquire-rig.ts';
import { FileServer } from './file-server.ts';

let rig: AcquireRig;
beforeEach(async () => {
  rig = await new AcquireRig().open();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rig.close();
});

describe('acquireDataset from mirrors', () => {
  it('uses the first source that has the files, and reports its progress', async () => {
    const fractions: (number | undefined)[] = [];
    const first = rig.mirror('first');
    const acquired = await rig.acquire([first, rig.mirror('second')], {
      progress: (fraction) => fractions.push(fraction),
    });
    expect(acquired).toEqual({ ok: true, value: rig.server.url('first/') });
    rig.expectFiles();
    expect(fractions.at(-1)).toBe(1);
    expect([...fractions].sort()).toEqual(fractions);
    expect(rig.server.requests.map(({ path }) => path)).toEqual(
      names.map((name) => `first/${name}.gz`),
    );
  });

  it('skips a host that does not answer, and reports it', async () => {
    const gone = new FileServer();
    await gone.open();
    const base = gone.url('');
    await gone.close();
    const acquired = await rig.acquire([{ kind: 'gzip-files', base }, rig.mirror('good')]);
    expect(acquired).toEqual({ ok: true, value: rig.server.url('good/') });
    expect(rig.messages).toEqual([`skipped ${base}: ECONNREFUSED`]);
    rig.expectFiles();
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
    const bad = rig.mirror('bad', { 'images.gz': bytes });
    const acquired = await rig.acquire([bad, rig.mirror('good')]);
    expect(acquired).toEqual({ ok: true, value: rig.server.url('good/') });
    expect(rig.messages).toHaveLength(1);
    expect(rig.messages[0]).toContain(`skipped ${rig.server.url('bad/')}: `);
    expect(rig.messages[0]).toMatch(why);
    rig.expectFiles();
  });

  it('keeps nothing from a source that has only some of the files', async () => {
    const { 'labels.gz': _, ...some } = packed();
    for (const [file, bytes] of Object.entries(some)) {
      rig.server.files.set(`some/${file}`, { bytes });
    }
    const acquired = await rig.acquire([{ kind: 'gzip-files', base: rig.server.url('some/') }]);
    expect(acquired).toEqual({
      ok: false,
      error: [`${rig.server.url('some/')}: the server answered 404`],
    });
    expect(readdirSync(rig.into)).toEqual([]);
  });

  it('lists all sources that it tried if none is left', async () => {
    const bad = rig.mirror('bad', { 'labels.gz': gzipSync(flipped(contents.labels!)) });
    const missing = join(rig.root, 'missing');
    const acquired = await rig.acquire([bad, { kind: 'folder', path: missing }]);
    expect(acquired.ok).toBe(false);
    if (acquired.ok) return;
    expect(acquired.error).toHaveLength(2);
    expect(acquired.error[0]).toContain('labels has sha256');
    expect(acquired.error[1]).toBe(`folder ${missing}: the folder does not exist`);
    expect(rig.messages).toEqual(acquired.error.map((one) => `skipped ${one}`));
    expect(readdirSync(rig.into)).toEqual([]);
  });

  it('stops on its signal, and continues later with the downloaded files', async () => {
    const source = rig.mirror('first');
    rig.server.faults.push({ holdAfter: 20 });
    const abort = new AbortController();
    const acquiring = rig.acquire([source, rig.mirror('second')], {
      signal: abort.signal,
      progress: () => abort.abort(new Error('stop')),
    });
    await expect(acquiring).rejects.toThrow('stop');
    expect(rig.messages).toEqual([]);
    expect((await rig.acquire([source])).ok).toBe(true);
    expect(rig.server.ranges[1]).toBe('bytes=20-');
    rig.expectFiles();
  });
});

describe('acquireDataset from a folder', () => {
  it('accepts plain files and files compressed by gzip', async () => {
    const path = rig.folderOf({
      images: contents.images!,
      'labels.gz': gzipSync(contents.labels!),
    });
    expect(await rig.acquire([{ kind: 'folder', path }])).toEqual({
      ok: true,
      value: `folder ${path}`,
    });
    rig.expectFiles();
    expect(rig.messages).toEqual([]);
  });

  it('refuses a file with one wrong byte', async () => {
    const path = rig.folderOf({ ...contents, images: flipped(contents.images!) });
    const acquired = await rig.acquire([{ kind: 'folder', path }]);
    expect(acquired.ok).toBe(false);
    expect(rig.messages[0]).toMatch(/images has sha256 .*; refused/);
    expect(readdirSync(rig.into)).toEqual([]);
  });

  it('names a missing or broken file', async () => {
    const path = rig.folderOf({ images: contents.images! });
    await rig.acquire([{ kind: 'folder', path }]);
    expect(rig.messages[0]).toBe(`skipped folder ${path}: it has no file labels`);
    writeFileSync(join(path, 'labels.gz'), 'no gzip');
    await rig.acquire([{ kind: 'folder', path }]);
    expect(rig.messages[1]).toContain('labels.gz is not a complete gzip file');
  });

  it('reports a file that it has no digest for', async () => {
    const unpinned = { ...facts, files: facts.files.map((file) => ({ ...file, sha256: null })) };
    const path = rig.folderOf(contents);
    expect((await rig.acquire([{ kind: 'folder', path }], { facts: unpinned })).ok).toBe(true);
    expect(rig.messages).toHaveLength(2);
    expect(rig.messages[0]).toMatch(/^images from .* is not checked: its digest is not known$/);
  });
});

describe('acquireDataset from an archive', () => {
  async function archive(files: Record<string, Uint8Array>) {
    const cwd = rig.folderOf(files, 'archive');
    const file = join(rig.root, 'set.tar.gz');
    await create({ file, cwd, gzip: true, portable: true }, ['set']);
    const bytes = readFileSync(file);
    rig.server.files.set('set.tar.gz', { bytes, etag: '"set"' });
    const source: DatasetSource = {
      kind: 'tar-gzip',
      url: rig.server.url('set.tar.gz'),
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
    expect(await rig.acquire([source])).toEqual({ ok: true, value: rig.server.url('set.tar.gz') });
    rig.expectFiles();
    for (const name of names) rmSync(join(rig.into, name));
    const path = rig.folderOf({ 'set.tar.gz': bytes });
    const withArchive = { ...facts, sources: [source] };
    expect((await rig.acquire([{ kind: 'folder', path }], { facts: withArchive })).ok).toBe(true);
    rig.expectFiles();
    expect(existsSync(join(path, 'set.tar.gz'))).toBe(true);
  });

  it('refuses another archive, and unpacks nothing', async () => {
    const { source } = await archive(inSet());
    const other = { ...source, sha256: sha256(contents.images!) } as DatasetSource;
    const acquired = await rig.acquire([other]);
    expect(acquired.ok).toBe(false);
    expect(rig.messages[0]).toMatch(
      /the archive has sha256 \w{12}\.\.\., not \w{12}\.\.\.; refused$/,
    );
    expect(readdirSync(rig.into)).toEqual([]);
    expect(readdirSync(rig.scratch)).toEqual([]);
  });
});
