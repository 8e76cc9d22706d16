/** A hostile file is refused by name, or read in linear time. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { constantLayers } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import { computedMs, external, outcome, TIME } from './read-or-refused.ts';
import { modelBytes, nodeProto, type SmallModel, type SmallNode, weight } from './small-models.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'onnx-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const dense = (fields: Partial<SmallModel>): Uint8Array =>
  modelBytes({
    nodes: [['MatMul', ['x', 'w'], ['y']]],
    inputs: { x: [2, 4] },
    constants: { w: weight(4, 3) },
    ...fields,
  });
const stored = (fields: object, shape: readonly number[] = [4, 3]) =>
  dense({ constants: { w: { shape, type: 1, fields } } });
const nested = (depth: number): object =>
  depth === 0
    ? nodeProto(['Relu', ['x'], ['y']])
    : nodeProto([
        'If',
        ['x'],
        ['y'],
        { then_branch: { node: [nested(depth - 1)], output: [{ name: 'y' }] } },
        'deep',
      ]);

const hostile: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
  'an empty file': [new Uint8Array(0), /it is empty, and not an ONNX model/],
  text: [Buffer.from('# not a model\n'.repeat(100)), /it is a text file, and not an ONNX model/],
  'a varint of 11 bytes': [Uint8Array.of(8, ...new Array<number>(10).fill(0xff), 1), /malformed/],
  'a length beyond the file': [Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x07), /is cut/],
  'two graphs': [Buffer.concat([dense({}), dense({})]), /a second graph/],
  'an opset that is too new': [
    dense({ opset: 99 }),
    /opset 7 to 22 can be read, and this is opset 99/,
  ],
  'a negative extent': [
    stored({ rawData: new Uint8Array(48) }, [-4, -3]),
    /the shape .* is not possible/,
  ],
  '2^40 elements': [
    stored({ rawData: new Uint8Array(48) }, [2 ** 40, 1]),
    /needs 4398046511104 bytes, and it has 48/,
  ],
  '2^80 elements': [stored({}, [2 ** 40, 2 ** 40]), /the shape .* is not possible/],
  'elements that are missing': [
    stored({ floatData: [1, 2, 3] }, [100, 100]),
    /needs 10000 elements/,
  ],
  'one element too few': [
    stored({ floatData: new Array(11).fill(1) }),
    /needs 12 elements, and it has 11/,
  ],
  'too few bytes': [stored({ rawData: new Uint8Array(44) }), /needs 48 bytes, and it has 44/],
  'a cycle': [
    dense({
      nodes: [
        ['Add', ['x', 'b'], ['a']],
        ['Relu', ['a'], ['b']],
        ['Relu', ['b'], ['y']],
      ],
    }),
    /the node 'a' depends on its own output/,
  ],
  'a cycle of constants': [
    dense({
      nodes: [
        ['Identity', ['b'], ['a']],
        ['Identity', ['a'], ['b']],
        ['MatMul', ['x', 'a'], ['y']],
      ],
    }),
    /depends on its own output/,
  ],
  'a value with two sources': [
    dense({
      nodes: [
        ['Relu', ['x'], ['y']],
        ['Neg', ['x'], ['y']],
      ],
    }),
    /two outputs of nodes have the name 'y'/,
  ],
  'a computed initializer': [
    dense({
      nodes: [
        ['Relu', ['x'], ['w']],
        ['Relu', ['w'], ['y']],
      ],
    }),
    /also an input/,
  ],
  'a value without a source': [
    dense({ nodes: [['Relu', ['z'], ['y']]] }),
    /reads 'z', which nothing/,
  ],
  'an output without a source': [dense({ outputs: ['z'] }), /no node computes the output 'z'/],
  'graphs in graphs': [dense({ graph: { node: [nested(40)] } }), /nested more than 16 levels/],
  'a location outside': [stored(external('../secret', 0, 48)), /not in the folder of the model/],
  'an absolute location': [
    stored(external('/etc/hostname', 0, 48)),
    /not in the folder of the model/,
  ],
  'a link that leads outside': [stored(external('link', 0, 48)), /a link out of the folder/],
  'the model as its own data': [
    stored(external('./model.onnx', 0, 48)),
    /'model.onnx', the file of the model itself/,
  ],
  'a folder as data': [stored(external('sub', 0, 48)), /which is not a file/],
  'missing data': [stored(external('none', 0, 48)), /'none', which does not exist/],
  'an offset beyond the data': [stored(external('model.bin', 9, 48)), /bytes 9 to 57 .* has 56/],
  'an offset that is no number': [stored(external('model.bin', '-8', 48)), /offset .* is '-8'/],
  'a length that contradicts the shape': [
    stored(external('model.bin', 0, 44)),
    /needs 48 bytes, and it has 44/,
  ],
};

test.each(Object.entries(hostile))('%s', (_, [bytes, message]) => {
  writeFileSync(join(folder, 'model.bin'), new Uint8Array(56));
  mkdirSync(join(folder, 'sub'));
  symlinkSync('/etc/hostname', join(folder, 'link'));
  expect(outcome(bytes, folder)).toMatch(message);
});

const MANY = 30_000;
const many = (node: (index: number) => SmallNode): SmallNode[] =>
  Array.from({ length: MANY }, (_, index) => node(index));
const after = (index: number): string => (index === 0 ? 'w' : `v${index - 1}`);
const square = { constants: { w: weight(3, 3) }, inputs: { x: [2, 3] } };
const product: SmallNode = ['MatMul', ['x', `v${MANY - 1}`], ['y']];

/** Structures whose reading could take quadratic time or memory, or exhaust the stack. */
const long: Readonly<Record<string, () => Partial<SmallModel>>> = {
  'a chain of identities': () => ({
    nodes: [...many((i) => ['Identity', [after(i)], [`v${i}`]]), product],
  }),
  'a chain of transposes': () => ({
    nodes: [...many((i) => ['Transpose', [after(i)], [`v${i}`]]), product],
  }),
  'a chain of casts': () => ({
    nodes: [...many((i) => ['Cast', [after(i)], [`v${i}`], { to: i % 2 ? 1 : 11 }]), product],
  }),
  'a chain in the opposite order': () => ({
    nodes: [...many((i) => ['Identity', [after(i)], [`v${i}`]]).reverse(), product],
  }),
  'a chain of scales': () => ({
    nodes: [
      ...many((i) => ['DequantizeLinear', ['q', i === 0 ? 's' : `v${i - 1}`], [`v${i}`]]),
      ['Add', ['x', `v${MANY - 1}`], ['y']],
    ],
    constants: {
      q: { shape: [], data: Int8Array.of(1) },
      s: { shape: [], data: Float32Array.of(1) },
    },
  }),
  'one weight of many layers': () => ({
    nodes: [...many((i) => ['MatMul', ['x', 'w'], [`v${i}`], {}, '']), product],
  }),
  'one node name': () => ({
    nodes: many((i) => ['MatMul', ['x', 'w'], [i === 0 ? 'y' : `v${i}`], {}, 'same']),
  }),
  'a large branch': () => {
    const node = many(() => ['MatMul', ['x', 'w'], [''], {}, 'same']).map(nodeProto);
    const body = { node: [...node, nodeProto(['Relu', ['x'], ['i']])], output: [{ name: 'i' }] };
    return { nodes: [['If', ['x'], ['y'], { then_branch: body }]] };
  },
  'many inputs': () => ({
    nodes: [['Identity', many(() => ['', [], []]).map(() => 'w'), ['y']]],
  }),
};

test.each(Object.entries(long))('%s is read in linear time', (_, model) => {
  const bytes = dense({ ...square, ...model() });
  expect(computedMs(() => expect(outcome(bytes, folder)).toBe('read'))).toBeLessThan(4 * TIME);
});

test('a weight that no memory holds stays whole, and is not read', () => {
  const path = join(folder, 'model.onnx');
  writeFileSync(path, stored(external('sparse.bin', 0, 2 ** 42), [2 ** 20, 2 ** 20]));
  writeFileSync(join(folder, 'sparse.bin'), '');
  truncateSync(join(folder, 'sparse.bin'), 2 ** 42);
  const file = openOnnx(path);
  const { layers, whole } = constantLayers(file);
  file.close();
  expect([layers, whole.map(({ reason }) => reason)]).toEqual([
    [],
    ['its weight has 1099511627776 elements'],
  ]);
});

test('what is no file is refused before it is opened', () => {
  expect(() => openOnnx(folder)).toThrow(/it is not a file/);
});
