import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  fromSafetensors,
  readSafetensors,
  type StoredTensor,
  writeSafetensors,
} from '../../src/nn/model/safetensors.ts';

const tensors = new Map<string, StoredTensor>([
  ['b', { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ['a', { shape: [3], data: Uint8Array.of(1, 2, 255) }],
  ['d', { shape: [2], data: Float64Array.of(Math.PI, -0) }],
  ['c', { shape: [1, 2], data: Int32Array.of(-1, 2 ** 31 - 1) }],
  ['scalar', { shape: [], data: Float32Array.of(7) }],
  ['empty', { shape: [0, 4], data: new Float32Array(0) }],
]);

async function place(name: string): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'safetensors-')), name);
}

test('what is written is read again', async () => {
  const path = await place('all');
  writeSafetensors(path, { tensors, metadata: { note: 'x' } });
  const read = readSafetensors(path);
  expect(read.metadata).toEqual({ note: 'x' });
  expect(new Map([...read.tensors].sort())).toEqual(new Map([...tensors].sort()));
  expect(fromSafetensors(path, ({ shapes }) => shapes.get('b'))).toEqual([3, 2]);
});

test('equal content gives equal bytes, laid out as the format says', async () => {
  const [one, two] = [await place('one'), await place('two')];
  writeSafetensors(one, { tensors, metadata: { p: '1', q: '2' } });
  const reversed = new Map([...tensors].reverse());
  writeSafetensors(two, { tensors: reversed, metadata: { q: '2', p: '1' } });
  const bytes = await readFile(one);
  expect(bytes.equals(await readFile(two))).toBe(true);
  const length = Number(bytes.readBigUInt64LE(0));
  expect(length % 8).toBe(0);
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  expect(Object.keys(header)).toEqual(['__metadata__', ...[...tensors.keys()].sort()]);
  expect(header.d).toEqual({ dtype: 'F64', shape: [2], data_offsets: [0, 16] });
});

test('one array, or its first rows', async () => {
  const path = await place('rows');
  writeSafetensors(path, { tensors, metadata: {} });
  const read = (name: string, rows?: number) =>
    fromSafetensors(path, (file) => file.read(name, rows));
  expect(read('b')).toEqual(tensors.get('b'));
  expect(read('b', 2)).toEqual({ shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
  expect(() => read('b', 4)).toThrow('4 rows asked of an array of 3');
  expect(() => read('z')).toThrow('no array named z');
});

test('a malformed file is named', async () => {
  const path = await place('bad');
  writeSafetensors(path, { tensors, metadata: {} });
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, bytes.length - 8));
  expect(() => readSafetensors(path)).toThrow(/bad: .* is said to be at bytes/);
  await writeFile(path, 'certainly not one');
  expect(() => readSafetensors(path)).toThrow('is no safetensors file');
});
