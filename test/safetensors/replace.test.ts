import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ExpectedError } from '../../src/base/expected-error.ts';
import { asStored } from '../../src/base/half-floats.ts';
import { tensorLayers } from '../../src/safetensors/layers.ts';
import { writeReplaced } from '../../src/safetensors/replace.ts';
import type { TensorReplacement } from '../../src/safetensors/replacement.ts';
import { openTensors, type TensorSet } from '../../src/safetensors/tensor-set.ts';
import { type Described, folderOf, newFolder } from './rig.ts';

const [one, two, INDEX] = ['m-1.safetensors', 'm-2.safetensors', 'm.safetensors.index.json'];

const files: Readonly<Record<string, Readonly<Record<string, Described>>>> = {
  [one]: {
    ids: { dtype: 'I64', shape: [3] },
    'a.weight': { shape: [3, 4], dtype: 'BF16' },
    'norm.weight': { shape: [5], dtype: 'BF16' },
  },
  [two]: {
    'a.bias': { shape: [4], dtype: 'BF16' },
    'b.weight': { shape: [4, 2, 3, 3] },
    'c.weight': { shape: [2, 2], dtype: 'F16' },
  },
};

function original(): TensorSet {
  const notes = { a: { type: 'Conv1D' }, b: { type: 'Conv2d', groups: 2 }, c: { type: 'Linear' } };
  const folder = folderOf(files, { format: 'pt', modules: JSON.stringify(notes) });
  const entries = Object.entries(files).flatMap(([file, tensors]) =>
    Object.keys(tensors).map((name) => [name, file]),
  );
  const index = {
    metadata: { total_size: 1, note: 'x' },
    weight_map: Object.fromEntries(entries),
    more: 1,
  };
  writeFileSync(join(folder, INDEX), JSON.stringify(index));
  return openTensors(folder);
}

const factorsOfA: TensorReplacement = {
  parts: [
    { suffix: 'right', shape: [1, 3], data: Float32Array.of(1, 2.001, 3) },
    { suffix: 'left', shape: [4, 1], data: Float32Array.of(1, 2, 3, 4) },
  ],
};
const factorsOfB: TensorReplacement = {
  parts: [
    {
      suffix: 'right',
      shape: [2, 2, 3, 1],
      data: new Float32Array(12).fill(1),
      keeps: [true, false],
      groups: 2,
    },
    {
      suffix: 'left',
      shape: [4, 1, 1, 3],
      data: new Float32Array(12).fill(2),
      keeps: [false, true],
      groups: 2,
    },
  ],
  addedBias: Float32Array.of(1, 2, 3, 4),
};

function written(replacements: Readonly<Record<string, TensorReplacement>>, set = original()) {
  const folder = join(newFolder(), 'made');
  const facts = Object.keys(replacements).map((name) => [name, { rank: 1, relativeError: 0.5 }]);
  writeReplaced(set, tensorLayers(set).layers, new Map(Object.entries(replacements)), folder, {
    method: 'svd',
    layers: Object.fromEntries(facts),
  });
  return { set, folder, made: openTensors(folder) };
}

const all = (parts: Iterable<Uint8Array>) => Buffer.concat([...parts]);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('factors take the place and the dtype of a weight; the rest is copied', () => {
  const { set, folder, made } = written({ a: factorsOfA, b: factorsOfB });
  expect(readdirSync(folder).sort()).toEqual(['lowrank.json', one, two, INDEX].sort());
  const tensors = made.files.map((file) =>
    file.tensors.map(({ name, dtype }) => `${name} ${dtype}`),
  );
  expect(tensors).toEqual([
    ['ids I64', 'a.right.weight BF16', 'a.left.weight BF16', 'norm.weight BF16'],
    [
      'a.left.bias BF16',
      'b.right.weight F32',
      'b.left.weight F32',
      'b.left.bias F32',
      'c.weight F16',
    ],
  ]);
  for (const name of ['ids', 'norm.weight', 'c.weight']) {
    expect(all(made.bytes(name)).equals(all(set.bytes(name)))).toBe(true);
  }
  expect(all(made.bytes('a.left.bias')).equals(all(set.bytes('a.bias')))).toBe(true);
  const right = factorsOfA.parts[0]!.data;
  expect(made.read('a.right.weight')).toEqual(asStored(right, 'BF16'));
  expect(asStored(right, 'BF16')).toEqual(Float32Array.of(1, 2, 3));
  expect(made.read('b.left.bias')).toEqual(factorsOfB.addedBias);
  expect(made.tensors.get('b.right.weight')!.shape).toEqual([2, 2, 3, 1]);
});

test('the index keeps its other fields, and the notes follow', () => {
  const { made } = written({ a: factorsOfA, b: factorsOfB });
  const bytes = [...made.tensors.values()].reduce((sum, tensor) => sum + tensor.bytes, 0);
  const { weight_map, ...rest } = made.index!.content;
  expect(rest).toEqual({ metadata: { total_size: bytes, note: 'x' }, more: 1 });
  expect(weight_map['a.left.bias']).toBe(two);
  const { metadata } = made.files[0]!;
  expect(metadata.format).toBe('pt');
  expect(JSON.parse(metadata.modules!)).toEqual({
    'a.right': { type: 'Linear' },
    'a.left': { type: 'Linear' },
    'b.right': { type: 'Conv2d', groups: 2 },
    'b.left': { type: 'Conv2d', groups: 2 },
    c: { type: 'Linear' },
  });
  expect(tensorLayers(made).layers.map(({ name }) => name)).toEqual([
    'a.right',
    'a.left',
    'b.right',
    'c',
  ]);
});

test('lowrank.json has what the loader needs, true rates and digests', () => {
  const { folder, made } = written({ a: factorsOfA, b: factorsOfB });
  const text = readFileSync(join(folder, 'lowrank.json'), 'utf8');
  expect(text).toContain('"shape": [4, 3],\n');
  const lowrank = JSON.parse(text);
  const digest = (name: string) => sha256(all(made.bytes(name)));
  expect(lowrank).toMatchObject({
    version: 1,
    method: 'svd',
    elements: { before: 100, after: 100 - 12 + 7 - 72 + 24 + 4 },
  });
  expect(lowrank.layers.a).toEqual({
    kind: 'dense',
    shape: [4, 3],
    dtype: 'BF16',
    groups: 1,
    transposed: true,
    bias: true,
    rank: 1,
    relativeError: 0.5,
    rate: 12 / 7,
    parts: [
      { suffix: 'right', shape: [1, 3], groups: 1, sha256: digest('a.right.weight') },
      { suffix: 'left', shape: [4, 1], groups: 1, sha256: digest('a.left.weight') },
    ],
  });
  expect(lowrank.layers.b).toMatchObject({
    groups: 2,
    bias: true,
    parts: [{ keeps: [true, false] }, {}],
  });
  for (const name of [one, two, INDEX]) {
    const bytes = readFileSync(join(folder, name));
    expect(lowrank.files[name]).toEqual({ bytes: bytes.length, sha256: sha256(bytes) });
  }
});

test('an added bias is added to the bias', () => {
  const added = Float32Array.of(1, 2, 3, 4);
  const { set, made } = written({ a: { ...factorsOfA, addedBias: added } });
  const sums = set.read('a.bias').map((value, i) => value + added[i]!);
  expect(made.read('a.left.bias')).toEqual(asStored(sums, 'BF16'));
});

test('without replacements, all values are the same', () => {
  const { set, made } = written({});
  expect([...made.tensors.keys()]).toEqual([...set.tensors.keys()]);
  for (const name of set.tensors.keys()) {
    expect(all(made.bytes(name)).equals(all(set.bytes(name)))).toBe(true);
  }
});

test('a factor is read once, when it is written', () => {
  const reads: string[] = [];
  const parts = factorsOfA.parts.map(({ suffix, shape, data }) => ({
    suffix,
    shape,
    get data() {
      reads.push(suffix);
      return data;
    },
  }));
  written({ a: { parts } });
  expect(reads).toEqual(['right', 'left']);
});

test('a factor that F16 cannot store is refused by name', () => {
  const parts = [
    { suffix: 'right', shape: [1, 2], data: Float32Array.of(65520, 0) },
    { suffix: 'left', shape: [2, 1], data: Float32Array.of(0, 0) },
  ] as const;
  expect(() => written({ c: { parts } })).toThrow(ExpectedError);
  expect(() => written({ c: { parts } })).toThrow(
    'c.right.weight has numbers that are too large for F16',
  );
});

test('a name that is taken, and the folder of the original, are refused', () => {
  const set = openTensors(
    folderOf({ [one]: { 'a.weight': { shape: [4, 3] }, 'a.left.weight': { shape: [1] } } }),
  );
  expect(() => written({ a: factorsOfA }, set)).toThrow('already has a tensor a.left.weight');
  const write = () => writeReplaced(set, [], new Map(), set.folder, { method: 'svd', layers: {} });
  expect(write).toThrow(ExpectedError);
  expect(write).toThrow('has the original model');
});
