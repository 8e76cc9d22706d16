/** What `pipeline init onnx --images` accepts: the same as the stage type `images`, by the names of the files. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { create } from 'tar';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { faultOfImages } from '../../src/app/images-at.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'images-at-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function folderOf(names: readonly string[]): string {
  const folder = join(root, 'given');
  mkdirSync(folder);
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), '');
  }
  return folder;
}

async function archiveOf(names: readonly string[]): Promise<string> {
  const cwd = folderOf(names);
  const file = join(root, 'given.tar.gz');
  await create({ file, cwd, gzip: true }, ['.']);
  return file;
}

const fit = [
  ['cat/1.png', 'dog/2.JPG'],
  ['README.md', 'photos/1.jpeg'],
  ['pets/train/cat/1.webp'],
  ['t10k-images-idx3-ubyte'],
  ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz'],
];
const unfit: [string[], string][] = [
  [['a.csv', 'b/c.bmp'], 'these files are not images in a known format: a.csv, b/c.bmp'],
  [['d/a', 'd/b', 'd/c', 'd/d'], 'known format: a, b, c and 1 more'],
  [['cat/.hidden.png', '.DS_Store'], 'not images'],
  [[], 'there are no files'],
  [['train-images-idx3-ubyte'], 'there are no train-labels for train-images-idx3-ubyte'],
];

it.each(fit.map((names) => [names]))('takes %j, in a folder and in an archive', async (names) => {
  expect(await faultOfImages(await archiveOf(names))).toBeUndefined();
  expect(await faultOfImages(join(root, 'given'))).toBeUndefined();
});

it.each(unfit)('refuses %j, in a folder and in an archive', async (names, message) => {
  for (const path of [await archiveOf(names), join(root, 'given')]) {
    const fault = await faultOfImages(path);
    expect(fault?.message).toContain(message);
    expect(fault?.advice).not.toBe('');
  }
});

it('takes a single .npz file, and no other file', async () => {
  writeFileSync(join(root, 'a.npz'), '');
  writeFileSync(join(root, 'a.zip'), '');
  expect(await faultOfImages(join(root, 'a.npz'))).toBeUndefined();
  expect((await faultOfImages(join(root, 'a.zip')))?.message).toContain('known format: a.zip');
});

it('finds images behind links, and copes with links to folders around them', async () => {
  const folder = folderOf(['inside/notes.txt']);
  symlinkSync('..', join(folder, 'inside/around'));
  expect((await faultOfImages(folder))?.message).toContain('not images');
  symlinkSync('/no/such/place', join(folder, 'broken'));
  mkdirSync(join(root, 'elsewhere'));
  writeFileSync(join(root, 'elsewhere/a.png'), '');
  symlinkSync(join(root, 'elsewhere'), join(folder, 'linked'));
  expect(await faultOfImages(folder)).toBeUndefined();
});

it.each([
  ['', 'no files'],
  ['not compressed', ''],
  [gzipSync('not an archive'.repeat(100)), ''],
  [gzipSync(Buffer.alloc(2000, 1)).subarray(0, 20), ''],
])('refuses the archive %#', async (content, message) => {
  writeFileSync(join(root, 'a.tgz'), content);
  expect((await faultOfImages(join(root, 'a.tgz')))?.message).toContain(message);
});

it('names an archive that is cut after files that are no images', async () => {
  const path = await archiveOf(Array.from({ length: 50 }, (_, i) => `${i}.txt`));
  const { readFileSync } = await import('node:fs');
  const whole = readFileSync(path);
  writeFileSync(path, whole.subarray(0, whole.length >> 1));
  expect(await faultOfImages(path)).toMatchObject({ advice: expect.stringMatching(/./) });
});

it.skipIf(process.getuid?.() === 0)('names a folder that cannot be read', async () => {
  const folder = folderOf(['a.txt']);
  chmodSync(folder, 0);
  expect((await faultOfImages(folder))?.message).toContain("can't be read: EACCES");
  chmodSync(folder, 0o755);
});
