import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ExpectedError } from '../../src/base/expected-error.ts';
import { openTensors } from '../../src/safetensors/tensor-set.ts';
import { writeTensors } from '../../src/safetensors/write-tensors.ts';
import { folderOf, newFolder, shards } from './rig.ts';

const INDEX = 'model.safetensors.index.json';
const [one, two] = ['model-1.safetensors', 'model-2.safetensors'];

test('a file, a folder and an index list their tensors in the order of the values', () => {
  const folder = shards({ b: one, a: one, c: two }, { [one]: ['b', 'a'], [two]: ['c'] });
  for (const path of [folder, join(folder, INDEX)]) {
    const set = openTensors(path);
    expect([...set.tensors.keys()]).toEqual(['b', 'a', 'c']);
    expect(set.tensors.get('c')).toMatchObject({ dtype: 'F32', shape: [1], file: two, bytes: 4 });
  }
  expect([...openTensors(join(folder, one)).tensors.keys()]).toEqual(['b', 'a']);
  const plain = folderOf({ 'x.safetensors': { x: { shape: [2, 3] } }, 'y.safetensors': {} });
  expect(openTensors(plain).tensors.get('x')!.shape).toEqual([2, 3]);
});

test('the files of an index are the set, and their tensors too if it omits them', () => {
  const folder = shards({ a: one }, { [one]: ['a', 'b'], 'other.safetensors': ['a'] });
  expect([...openTensors(folder).tensors.keys()]).toEqual(['a', 'b']);
});

test('links are followed, as in a cache of models', () => {
  const [from, to] = [folderOf({ 'blob.safetensors': { a: { shape: [1] } } }), newFolder()];
  symlinkSync(join(from, 'blob.safetensors'), join(to, 'model.safetensors'));
  expect([...openTensors(to).tensors.keys()]).toEqual(['a']);
});

test('values of every type of floats', () => {
  const folder = newFolder();
  const stored = {
    F64: Float64Array.of(0.1, -2),
    F32: Float32Array.of(0.5, -2),
    F16: Uint16Array.of(0x3800, 0xc000),
    BF16: Uint16Array.of(0x3f00, 0xc000),
  };
  const tensors = Object.entries(stored).map(([dtype, { buffer, byteLength: bytes }]) => ({
    name: dtype,
    dtype,
    shape: [2],
    bytes,
    parts: () => [new Uint8Array(buffer)],
  }));
  writeTensors(join(folder, 'a.safetensors'), tensors, {});
  const { read, bytes } = openTensors(folder);
  expect(read('F64')).toEqual(Float32Array.of(0.1, -2));
  for (const dtype of ['F32', 'F16', 'BF16']) expect(read(dtype)).toEqual(Float32Array.of(0.5, -2));
  expect(Buffer.concat([...bytes('BF16')])).toEqual(Buffer.from([0x00, 0x3f, 0x00, 0xc0]));
});

test('a tensor of several parts, and an empty one', () => {
  const folder = newFolder();
  const values = Float64Array.from({ length: 1_200_000 }, (_, i) => i);
  const bytes = new Uint8Array(values.buffer);
  const large = { name: 'a', dtype: 'F64', shape: [values.length], bytes: bytes.length };
  const empty = { name: 'b', dtype: 'F64', shape: [0, 3], bytes: 0, parts: () => [] };
  writeTensors(join(folder, 'a.safetensors'), [empty, { ...large, parts: () => [bytes] }], {});
  const { read } = openTensors(folder);
  // `toEqual` would take seconds.
  expect(Buffer.from(read('a').buffer).equals(Buffer.from(Float32Array.from(values).buffer))).toBe(
    true,
  );
  expect(read('b')).toHaveLength(0);
});

test.each<[what: string, folder: () => string, message: string]>([
  ['no path', () => join(newFolder(), 'none'), 'none does not exist'],
  ['no files', () => newFolder(), 'has no file *.safetensors'],
  [
    'a path outside the folder',
    () => shards({ a: `../${one}` }, { [one]: ['a'] }),
    '"../model-1.safetensors", which is not a file in its folder',
  ],
  ['an absolute path', () => shards({ a: '/etc/passwd' }, {}), '"/etc/passwd", which is not'],
  ['a path of Windows', () => shards({ a: 'C:\\x' }, {}), 'which is not a file in its folder'],
  ['the folder', () => shards({ a: '..' }, {}), '"..", which is not a file in its folder'],
  ['no name', () => shards({ a: '' }, {}), '"", which is not a file in its folder'],
  ['a zero byte', () => shards({ a: 'a\0' }, {}), 'which is not a file in its folder'],
  [
    'a missing shard',
    () => shards({ a: one, b: two }, { [one]: ['a'] }),
    'names "model-2.safetensors", which does not exist',
  ],
  ['no tensors', () => shards({}, {}), 'names no tensors'],
  [
    'a tensor in two shards',
    () => shards({ a: one, b: two }, { [one]: ['a'], [two]: ['b', 'a'] }),
    'tensor "a" is in model-1.safetensors and in model-2.safetensors',
  ],
  [
    'a tensor in two files',
    () => folderOf({ [one]: { a: { shape: [] } }, [two]: { a: { shape: [] } } }),
    'tensor "a" is in',
  ],
  [
    'a tensor in another shard',
    () => shards({ a: one, b: one }, { [one]: ['a'], [two]: ['b'] }),
    'names tensor "b" in model-1.safetensors, which does not have it',
  ],
  [
    'two indexes',
    () => folderOf({ 'a.safetensors.index.json': {}, [INDEX]: {} }),
    'has several indexes',
  ],
  ['an index without a map', () => folderOf({ [INDEX]: {} }), 'weight_map is missing'],
  [
    'a map of numbers',
    () => folderOf({ [INDEX]: { weight_map: { a: 1 } as never } }),
    'weight_map.a',
  ],
  [
    'an index that is not JSON',
    () => {
      const folder = newFolder();
      writeFileSync(join(folder, INDEX), '{');
      return folder;
    },
    'it is not JSON',
  ],
  [
    'a FIFO',
    () => {
      const folder = newFolder();
      spawnSync('mkfifo', [join(folder, one)]);
      return folder;
    },
    'is not a file',
  ],
  [
    'a damaged shard',
    () => {
      const folder = newFolder();
      writeFileSync(join(folder, one), 'x');
      return folder;
    },
    'is not a valid safetensors file',
  ],
])('refused: %s', (_what, folder, message) => {
  const open = () => openTensors(folder());
  expect(open).toThrow(ExpectedError);
  expect(open).toThrow(message);
});

test('a header or an index of many megabytes is refused before it is parsed', () => {
  const folder = shards({ a: one }, { [one]: ['a'] });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(2n ** 25n);
  writeFileSync(join(folder, one), Buffer.concat([length, Buffer.alloc(2 ** 25, '[')]));
  expect(() => openTensors(folder)).toThrow('its header has 33554432 bytes, more than 16777216');
  writeFileSync(join(folder, INDEX), Buffer.alloc(2 ** 24 + 1, '['));
  expect(() => openTensors(folder)).toThrow('has more than 16777216 bytes');
});

test('a name or a type that cannot be read is named', () => {
  const set = openTensors(folderOf({ [one]: { a: { dtype: 'I64', shape: [1] } } }));
  expect(() => set.read('b')).toThrow('has no tensor "b"');
  expect(() => set.read('a')).toThrow('tensor "a" has the dtype I64, not floats');
});

test('a file that changes between the header and the values is noticed', () => {
  const folder = folderOf({ [one]: { a: { shape: [1] } } });
  const set = openTensors(folder);
  utimesSync(join(folder, one), 1, 1);
  expect(() => set.read('a')).toThrow('was changed while it was read');
});

test('any single damaged byte of an index is refused or harmless', () => {
  const folder = shards({ b: one, a: one, c: two }, { [one]: ['b', 'a'], [two]: ['c'] });
  const path = join(folder, INDEX);
  const bytes = readFileSync(path);
  for (let at = 0; at < bytes.length; at++) {
    for (const bit of [1, 4, 32, 128]) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= bit;
      writeFileSync(path, damaged);
      try {
        openTensors(folder);
      } catch (problem) {
        expect(problem, `byte ${at}`).toBeInstanceOf(ExpectedError);
      }
    }
  }
});
