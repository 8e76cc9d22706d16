import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ExpectedError } from '../../src/base/expected-error.ts';
import {
  fromSafetensors,
  readSafetensors,
  type StoredTensor,
  writeSafetensors,
} from '../../src/safetensors/safetensors.ts';

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

test('a written file is read unchanged', async () => {
  const path = await place('all');
  writeSafetensors(path, { tensors, metadata: { note: 'x' } });
  const read = readSafetensors(path);
  expect(read.metadata).toEqual({ note: 'x' });
  expect(new Map([...read.tensors].sort())).toEqual(new Map([...tensors].sort()));
  expect(fromSafetensors(path, ({ shapes }) => shapes.get('b'))).toEqual([3, 2]);
});

test('equal content gives equal bytes, in the layout of the format', async () => {
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
  expect(() => read('b', 4)).toThrow('array "b" has 3 rows, fewer than the 4 needed');
  expect(() => read('z')).toThrow('has no array "z"');
});

/** A file with this header (an object or its text), and this many bytes after it. */
function fileOf(header: unknown, dataSize: number): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(dataSize)]);
}

const floats = (shape: unknown, data_offsets: unknown) => ({ dtype: 'F32', shape, data_offsets });

const valid: readonly [what: string, bytes: Buffer][] = [
  ['no arrays', fileOf({}, 0)],
  ['two arrays', fileOf({ a: floats([2], [0, 8]), b: floats([1], [8, 12]) }, 12)],
  ['an empty array', fileOf({ a: floats([0], [0, 0]), b: floats([1], [0, 4]) }, 4)],
  ['padding', fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}     ', 4)],
  ['metadata', fileOf({ __metadata__: { a: 'b' }, a: floats([1], [0, 4]) }, 4)],
];

const invalid: readonly [what: string, bytes: Buffer, message: string][] = [
  ['an empty file', Buffer.alloc(0), 'it has 0 bytes'],
  ['seven bytes', Buffer.alloc(7), 'it has 7 bytes'],
  ['words', Buffer.from('certainly not one'), 'its header would have'],
  ['a header cut short', fileOf('{"a":', 0), 'its header is not a JSON object'],
  ['a list', fileOf([], 0), 'its header is not a JSON object'],
  ['a byte order mark', fileOf('\ufeff{}', 0), 'its header is not a JSON object'],
  ['bytes that are not UTF-8', Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff, 0x7d]), 'UTF-8'],
  ['metadata of numbers', fileOf({ __metadata__: { a: 1 } }, 0), 'its metadata are not all texts'],
  ['a negative shape', fileOf({ a: floats([-1, -1], [0, 4]) }, 4), '"a" has the shape [-1,-1]'],
  ['a fractional shape', fileOf({ a: floats([0.5, 2], [0, 4]) }, 4), '"a" has the shape [0.5,2]'],
  ['a shape of texts', fileOf({ a: floats(['1'], [0, 4]) }, 4), '"a" has the shape ["1"]'],
  ['no shape', fileOf({ a: floats(null, [0, 4]) }, 4), '"a" has the shape null'],
  ['three offsets', fileOf({ a: floats([1], [0, 4, 4]) }, 4), '"a" has the data_offsets [0,4,4]'],
  ['no offsets', fileOf({ a: { dtype: 'F32', shape: [1] } }, 4), 'data_offsets undefined'],
  ['offsets of texts', fileOf({ a: floats([1], ['0', '4']) }, 4), 'data_offsets ["0","4"]'],
  ['reversed offsets', fileOf({ a: floats([1], [4, 0]) }, 4), 'data_offsets 4 to 0'],
  ['too few bytes', fileOf({ a: floats([2], [0, 4]) }, 4), 'F32 of shape [2] takes 8 bytes'],
  [
    'arrays that overlap',
    fileOf({ a: floats([2], [0, 8]), b: floats([1], [4, 8]) }, 8),
    'overlaps',
  ],
  ['a gap', fileOf({ a: floats([1], [0, 4]), b: floats([1], [8, 12]) }, 12), 'leaves a gap'],
  ['a gap at the beginning', fileOf({ a: floats([1], [4, 8]) }, 8), 'leaves a gap before it'],
  [
    'bytes after the last array',
    fileOf({ a: floats([1], [0, 4]) }, 8),
    '4 bytes follow its last array',
  ],
  ['a file cut short', fileOf({ a: floats([2], [0, 8]) }, 4), 'take 8 bytes, but it has 4'],
  ['an unknown type', fileOf({ a: { ...floats([1], [0, 4]), dtype: 'F31' } }, 4), 'dtype "F31"'],
  ['no type', fileOf({ a: { shape: [1], data_offsets: [0, 4] } }, 4), 'dtype undefined'],
  [
    'a property of every object as a type',
    fileOf({ a: { dtype: 'toString', shape: [], data_offsets: [0, 1] } }, 1),
    'unknown dtype',
  ],
  ['an array of words', fileOf({ a: 'F32' }, 0), '"a" is not described by an object'],
  [
    'a duplicate name',
    fileOf(
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
      8,
    ),
    'its header names "a" twice',
  ],
];

test.each(valid)('valid: %s', async (_what, bytes) => {
  const path = await place('good');
  await writeFile(path, bytes);
  expect(() => readSafetensors(path)).not.toThrow();
});

test.each(invalid)('refused with the file and the array: %s', async (_what, bytes, message) => {
  const path = await place('bad');
  await writeFile(path, bytes);
  const read = () => readSafetensors(path, 'features.safetensors');
  expect(read).toThrow(ExpectedError);
  expect(read).toThrow('features.safetensors is not a valid safetensors file: ');
  expect(read).toThrow(message);
});

const python = spawnSync('python3', ['-c', 'import safetensors']).status === 0;

test.skipIf(!python)(
  'the reference reader accepts and refuses the same files (needs safetensors for Python)',
  async () => {
    const repeated = 'a duplicate name';
    for (const [what, bytes, message] of [
      ...valid.map((one) => [...one, ''] as const),
      ...invalid,
    ]) {
      const path = await place('one');
      await writeFile(path, bytes);
      const code = 'import sys; from safetensors import safe_open; safe_open(sys.argv[1], "np")';
      const { status } = spawnSync('python3', ['-c', code, path]);
      // The reference reader does not notice this, though the format forbids it.
      if (what !== repeated) expect(status === 0, what).toBe(message === '');
    }
  },
);

test('numbers of 16 bits are read exactly', async () => {
  const path = await place('halves');
  const halves = [
    0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0xc000, 0x7bff, 0x7c00, 0xfc00, 0x7e00,
  ];
  const brains = [0x0000, 0x8000, 0x0001, 0x3f80, 0xc000, 0x7f7f, 0x7f80, 0xff80, 0x7fc0];
  const bytes = fileOf(
    {
      half: { dtype: 'F16', shape: [halves.length], data_offsets: [0, 2 * halves.length] },
      brain: {
        dtype: 'BF16',
        shape: [brains.length],
        data_offsets: [2 * halves.length, 2 * (halves.length + brains.length)],
      },
    },
    2 * (halves.length + brains.length),
  );
  const data = bytes.length - 2 * (halves.length + brains.length);
  for (const [i, value] of [...halves, ...brains].entries())
    bytes.writeUInt16LE(value, data + 2 * i);
  await writeFile(path, bytes);
  const { tensors: read } = readSafetensors(path);
  const least = 2 ** -24;
  expect([...read.get('half')!.data]).toEqual([
    0,
    -0,
    least,
    1023 * least,
    2 ** -14,
    1,
    -2,
    65504,
    Infinity,
    -Infinity,
    NaN,
  ]);
  expect([...read.get('brain')!.data]).toEqual([
    0,
    -0,
    2 ** -133,
    1,
    -2,
    (2 - 2 ** -7) * 2 ** 127,
    Infinity,
    -Infinity,
    NaN,
  ]);
});

test('an unsupported type is named, and the other arrays are read', async () => {
  const path = await place('wide');
  const entry = (dtype: string, begin: number) => ({
    dtype,
    shape: [1],
    data_offsets: [begin, begin + 8],
  });
  await writeFile(path, fileOf({ a: entry('I64', 0), b: entry('F64', 8) }, 16));
  fromSafetensors(path, ({ read }) => {
    expect(read('b').data).toEqual(Float64Array.of(0));
    expect(() => read('a')).toThrow('array "a" has the dtype I64, which is not supported');
  });
});

test('any single damaged byte of a header is refused, or read unchanged', async () => {
  const path = await place('flipped');
  writeSafetensors(path, { tensors, metadata: { note: 'x' } });
  const bytes = await readFile(path);
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  for (let at = 0; at < end; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at]! ^= 0x04;
    await writeFile(path, damaged);
    try {
      readSafetensors(path);
    } catch (problem) {
      expect(problem, `byte ${at}`).toBeInstanceOf(ExpectedError);
    }
  }
});
