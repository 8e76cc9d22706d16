/** Which layers are found, how they are described, and why other nodes stay whole. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { constantLayers } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import {
  BF16,
  F16,
  nodeProto,
  type SmallModel,
  type SmallNode,
  weight,
  writeModelFile,
} from './small-models.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'onnx-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** The layers with their elements, and the others. */
function layersOf(model: SmallModel) {
  const file = openOnnx(writeModelFile(folder, model));
  const { layers, whole } = constantLayers(file);
  const read = layers.map(({ read, readBias, ...layer }) => ({
    ...{ ...layer, data: Array.from(read()), bias: readBias() },
  }));
  const { inputs, outputs } = file;
  file.close();
  return { layers: read, whole, inputs, outputs };
}

const matrix = { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
const node = (...parts: SmallNode): SmallModel => ({
  nodes: [parts],
  inputs: { x: ['n', 2, 4, 4] },
  constants: { w: matrix },
});

test('a product with rows of samples is described as W x', () => {
  const { layers, inputs } = layersOf(node('MatMul', ['x', 'w'], ['y'], {}, 'dense'));
  expect(layers).toEqual([
    {
      ...{ name: 'dense', operation: 'MatMul', kind: 'dense', weight: 'w', biases: 0, groups: 1 },
      ...{ shape: [3, 2], dtype: 'F32', type: 'F32', input: { value: 'x', axis: -1 } },
      extents: { input: [2, 4], output: [2, 4] },
      ...{ data: [1, 4, 2, 5, 3, 6], isReplaceable: true },
    },
  ]);
  expect(inputs).toEqual([{ name: 'x', type: 'F32', shape: ['n', 2, 4, 4] }]);
});

test('a product with columns of samples is described as it is', () => {
  const [layer] = layersOf(node('MatMul', ['w', 'x'], ['y'])).layers;
  expect(layer).toMatchObject({ name: 'y', shape: [2, 3], input: { value: 'x', axis: -2 } });
  expect(layer!.data).toEqual([1, 2, 3, 4, 5, 6]);
});

test('the factor of a Gemm belongs to the weight', () => {
  const model = node('Gemm', ['x', 'w'], ['y'], { transB: 1, transA: 1, alpha: { float: 0.5 } });
  const [layer] = layersOf(model).layers;
  expect(layer).toMatchObject({ shape: [2, 3], input: { value: 'x', axis: -2 } });
  expect(layer!.data).toEqual([0.5, 1, 1.5, 2, 2.5, 3]);
});

test.each([
  [{ shape: [2], data: Float32Array.of(4, 6) }, {}, [4, 6]],
  [{ shape: [1, 2], data: Float32Array.of(4, 6) }, { beta: { float: 0.5 } }, [2, 3]],
  [{ shape: [], data: Float32Array.of(4) }, { beta: { float: 2 } }, [8, 8]],
  // One per sample.
  [{ shape: [2, 1], data: Float32Array.of(4, 6) }, {}, undefined],
])('the bias %o of a Gemm with %o is one constant per output', (c, attributes, bias) => {
  const model = node('Gemm', ['x', 'w', 'c'], ['y'], { transB: 1, ...attributes });
  const [layer] = layersOf({ ...model, constants: { w: matrix, c } }).layers;
  expect(layer!.bias && [...layer!.bias]).toEqual(bias);
});

test('a convolution keeps its groups', () => {
  const model = {
    ...node('Conv', ['x', 'w', 'b'], ['y'], { group: 2 }),
    constants: { w: weight(6, 2, 3, 3), b: weight(6) },
  };
  const [layer] = layersOf(model).layers;
  expect(layer).toMatchObject({
    ...{ kind: 'convolution', groups: 2, biases: 6, shape: [6, 2, 3, 3] },
    input: { value: 'x', axis: 1 },
  });
});

test('16-bit weights are read exactly', () => {
  for (const [type, bits, dtype] of [
    [F16, [0x3c00, 0x3555, 0x0001, 0xfbff], 'F16'],
    [BF16, [0x3f80, 0x3eab, 0x0001, 0xff7f], 'BF16'],
  ] as const) {
    const constants = { w: { shape: [2, 2], type, data: Uint16Array.from(bits) } };
    const [layer] = layersOf({ ...node('MatMul', ['w', 'x'], ['y']), constants }).layers;
    expect(layer!.dtype).toBe(dtype);
    expect(layer!.data[0]).toBe(1);
    expect(layer!.data[1]).toBeCloseTo(1 / 3, 2);
    expect(layer!.data[2]).toBe(type === F16 ? 2 ** -24 : 2 ** -133);
    expect(layer!.data[3]).toBe(type === F16 ? -65504 : -(2 ** 128 - 2 ** 120));
  }
});

test('names are unique, and nodes without one are named by their output', () => {
  const nodes: SmallNode[] = [
    ['MatMul', ['x', 'w'], ['a'], {}, 'same'],
    ['MatMul', ['x', 'w'], ['b'], {}, 'same'],
    ['MatMul', ['x', 'w'], ['y'], {}, ''],
  ];
  const { layers } = layersOf({ nodes, inputs: { x: [4, 2] }, constants: { w: matrix } });
  expect(layers.map(({ name }) => name)).toEqual(['same', 'same:b', 'y']);
});

const branch = {
  then_branch: { node: [nodeProto(['MatMul', ['x', 'w'], ['i']])], output: [{ name: 'i' }] },
  else_branch: { node: [nodeProto(['Relu', ['x'], ['j']])], output: [{ name: 'j' }] },
};
const integers = { shape: [2, 3], type: 7, data: new BigInt64Array(6) };
const kernel = (...shape: number[]) => ({ constants: { w: weight(...shape) } });

test.each<[string, SmallModel, string]>([
  ['a product of values', node('MatMul', ['x', 'x'], ['y']), 'neither input is constant'],
  ['a computed weight', node('Gemm', ['x', 'x'], ['y']), 'its weight is not constant'],
  ['a computed kernel', node('Conv', ['x', 'x'], ['y']), 'its weight is not constant'],
  ['a constant result', node('MatMul', ['w', 'w'], ['y']), 'it computes a constant'],
  [
    'integers',
    { ...node('MatMul', ['x', 'w'], ['y']), constants: { w: integers } },
    'its weight has the type I64',
  ],
  [
    'a batch of matrices',
    { ...node('MatMul', ['x', 'w'], ['y']), ...kernel(2, 3, 4) },
    'its weight has 3 dimensions',
  ],
  [
    'an empty weight',
    { ...node('MatMul', ['x', 'w'], ['y']), ...kernel(0, 3) },
    'its weight is empty',
  ],
  [
    'a depthwise convolution',
    { ...node('Conv', ['x', 'w'], ['y'], { group: 4 }), ...kernel(4, 1, 3, 3) },
    'it is depthwise: each channel has its own small kernel',
  ],
  [
    'attributes of another kernel',
    { ...node('Conv', ['x', 'w'], ['y'], { kernel_shape: [5, 5] }), ...kernel(4, 4, 3, 3) },
    'its attributes do not fit its weight',
  ],
  [
    'an input with a default value',
    { ...node('MatMul', ['x', 'w'], ['y']), inputs: { x: [4, 2], w: [2, 3] } },
    'its weight is an input of the model with a default value',
  ],
  [
    'a weight of a large filled constant',
    {
      ...node('MatMul', ['x', 'f'], ['y']),
      nodes: [
        ['ConstantOfShape', ['s'], ['f']],
        ['MatMul', ['x', 'f'], ['y']],
      ],
      constants: { s: { shape: [2], data: BigInt64Array.of(2n ** 20n, 2n ** 20n) } },
    },
    'its weight has 1099511627776 elements',
  ],
  ['a branch', node('If', ['x'], ['y'], branch), "it is inside the node 'y' (If)"],
  ['an embedding', node('Gather', ['w', 'x'], ['y']), 'weights of the operation Gather stay whole'],
])('%s stays whole', (_, model, reason) => {
  const { layers, whole } = layersOf(model);
  expect(layers).toEqual([]);
  expect(whole.map((one) => one.reason)).toEqual([reason]);
});

test('a weight with another use stays whole', () => {
  const nodes: SmallNode[] = [
    ['Gather', ['w', 'x'], ['e'], {}, 'embedding'],
    ['Transpose', ['w'], ['t'], {}],
    ['MatMul', ['e', 't'], ['y'], {}, 'head'],
  ];
  const { layers, whole } = layersOf({ nodes, inputs: { x: [4] }, constants: { w: matrix } });
  expect(layers).toEqual([]);
  const reason = "its weight has another use: the node 'embedding'";
  expect(whole.at(-1)).toEqual({ name: 'head', operation: 'MatMul', reason });
});

test('a weight that is used in two layouts stays whole', () => {
  const nodes: SmallNode[] = [
    ['Gemm', ['x', 'w'], ['a'], {}, 'encoder'],
    ['Gemm', ['a', 'w'], ['y'], { transB: 1 }, 'decoder'],
  ];
  const { whole } = layersOf({ nodes, inputs: { x: [4, 2] }, constants: { w: matrix } });
  expect(whole.map(({ reason }) => reason)).toEqual([
    "its weight has another use: the node 'decoder'",
    "its weight has another use: the node 'encoder'",
  ]);
});
