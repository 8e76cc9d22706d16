/** Small models of one layer, one for each form in which a layer and its weight can be written. */
import { F16 as F16_FORMAT } from '../../src/base/half-floats.ts';
import {
  F16,
  F64,
  type SmallModel,
  type SmallNode,
  tensorProto,
  values,
  weight,
} from './small-models.ts';

export type Form = Omit<SmallModel, 'inputs'> & { readonly x: readonly number[] };

const gemm = (inputs: string[], attributes?: SmallNode[3]): SmallNode[] => [
  ['Gemm', inputs, ['y'], attributes],
];
const matMul = (...inputs: string[]): SmallNode[] => [['MatMul', inputs, ['y']]];
const conv = (inputs: string[], attributes?: SmallNode[3]): SmallNode[] => [
  ['Conv', inputs, ['y'], attributes],
];

export const dense: Readonly<Record<string, Form>> = {
  Gemm: { nodes: gemm(['x', 'w', 'b']), constants: { w: weight(6, 4), b: weight(4) }, x: [3, 6] },
  'Gemm of opset 7': {
    ...{ nodes: gemm(['x', 'w', 'b'], { transB: 1 }), opset: 7, x: [3, 6] },
    constants: { w: weight(4, 6), b: weight(1, 4) },
  },
  'Gemm of opset 9 with factors': {
    nodes: gemm(['x', 'w', 'b'], { alpha: { float: 0.5 }, beta: { float: -2 }, transA: 1 }),
    ...{ opset: 9, x: [6, 3], constants: { w: weight(6, 4), b: weight(4) } },
  },
  'Gemm without a bias': {
    ...{ nodes: gemm(['x', 'w'], { transA: 1, transB: 1 }), x: [6, 3], opset: 11 },
    constants: { w: weight(4, 6) },
  },
  'Gemm with a bias of one value': {
    ...{ nodes: gemm(['x', 'w', 'b'], { beta: { float: 3 } }), x: [3, 6] },
    constants: { w: weight(6, 4), b: weight() },
  },
  'Gemm with a bias of each sample': {
    ...{ nodes: gemm(['x', 'w', 'b']), x: [3, 6], opset: 13 },
    constants: { w: weight(6, 4), b: weight(3, 4) },
  },
  'Gemm with a computed bias': {
    ...{ nodes: [['Neg', ['x'], ['b']], ...gemm(['x', 'w', 'b'])], x: [3, 6] },
    constants: { w: weight(6, 6) },
  },
  'Gemm with the weight first': {
    ...{ nodes: gemm(['w', 'x', 'b']), x: [6, 3], constants: { w: weight(4, 6), b: weight(4, 1) } },
  },
  'Gemm with the weight first, transposed': {
    nodes: gemm(['w', 'x', 'b'], { transA: 1, transB: 1, alpha: { float: 2 } }),
    ...{ x: [3, 6], constants: { w: weight(6, 4), b: weight(3) }, opset: 9 },
  },
  MatMul: { nodes: matMul('x', 'w'), constants: { w: weight(6, 4) }, x: [3, 6] },
  'MatMul of opset 22': {
    ...{ nodes: matMul('x', 'w'), constants: { w: weight(6, 4) }, x: [3, 6] },
    ...{ opset: 22, irVersion: 10 },
  },
  'MatMul of a batch': { nodes: matMul('x', 'w'), constants: { w: weight(4, 9) }, x: [2, 5, 3, 4] },
  'MatMul of a vector': { nodes: matMul('x', 'w'), constants: { w: weight(6, 4) }, x: [6] },
  'MatMul with the weight first': {
    ...{ nodes: matMul('w', 'x'), constants: { w: weight(4, 6) }, x: [6, 3] },
  },
  'MatMul with the weight first, of a batch': {
    ...{ nodes: matMul('w', 'x'), constants: { w: weight(7, 6) }, x: [2, 6, 3] },
  },
  'MatMul with the weight first, of a vector': {
    ...{ nodes: matMul('w', 'x'), constants: { w: weight(4, 6) }, x: [6] },
  },
};

const kernel = { w: weight(6, 4, 3, 3), b: weight(6) };
const image = { constants: kernel, x: [2, 4, 9, 8] };

export const convolutions: Readonly<Record<string, Form>> = {
  Conv: { nodes: conv(['x', 'w', 'b']), ...image },
  'Conv of opset 7': { nodes: conv(['x', 'w'], { kernel_shape: [3, 3] }), ...image, opset: 7 },
  'Conv with unequal strides, dilations and pads': {
    nodes: conv(['x', 'w', 'b'], { strides: [2, 1], dilations: [1, 2], pads: [1, 2, 0, 1] }),
    ...image,
  },
  'Conv SAME_UPPER': {
    nodes: conv(['x', 'w'], { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
    ...image,
  },
  'Conv SAME_LOWER': {
    nodes: conv(['x', 'w'], { auto_pad: 'SAME_LOWER', strides: [2, 1] }),
    ...image,
  },
  'Conv VALID': { nodes: conv(['x', 'w', 'b'], { auto_pad: 'VALID' }), ...image },
  'Conv with groups': {
    nodes: conv(['x', 'w', 'b'], { group: 2, pads: [1, 1, 1, 1] }),
    ...{ constants: { w: weight(6, 3, 3, 3), b: weight(6) }, x: [1, 6, 5, 5] },
  },
  'Conv with a computed bias': {
    nodes: [
      ['ReduceMean', ['x'], ['b'], { axes: [0, 2, 3], keepdims: 0 }],
      ...conv(['x', 'w', 'b']),
    ],
    ...{ constants: { w: weight(4, 4, 3, 3) }, x: [2, 4, 5, 5], opset: 13 },
  },
  'Conv of one axis': {
    nodes: conv(['x', 'w', 'b'], { strides: [2], pads: [2, 1] }),
    ...{ constants: { w: weight(5, 3, 4), b: weight(5) }, x: [2, 3, 11] },
  },
  'Conv of three axes': {
    nodes: conv(['x', 'w'], { pads: [1, 0, 1, 1, 0, 0], dilations: [1, 2, 1] }),
    ...{ constants: { w: weight(4, 3, 3, 2, 2) }, x: [1, 3, 5, 6, 4], opset: 22, irVersion: 10 },
  },
};

const halves = (count: number) => F16_FORMAT.fromFloats(values(count));
const int8 = Int8Array.from({ length: 24 }, (_, i) => ((i * 37) % 255) - 127);
const derived = (nodes: readonly SmallNode[], constants: SmallModel['constants']): Form => ({
  ...{ nodes: [...nodes, ...matMul('x', 'w')], x: [3, 6], constants: constants ?? {} },
});

export const constants: Readonly<Record<string, Form>> = {
  Constant: derived([['Constant', [], ['w'], { value: tensorProto('', weight(6, 4)) }]], {}),
  ConstantOfShape: derived(
    [
      [
        ...(['ConstantOfShape', ['s'], ['w']] as const),
        { value: tensorProto('', { shape: [1], data: Float32Array.of(0.5) }) },
      ],
    ],
    { s: { shape: [2], data: BigInt64Array.of(6n, 4n) } },
  ),
  Identity: derived([['Identity', ['v'], ['w']]], { v: weight(6, 4) }),
  'Cast of F16': derived([['Cast', ['v'], ['w'], { to: 1 }]], {
    v: { shape: [6, 4], type: F16, data: halves(24) },
  }),
  Transpose: derived([['Transpose', ['v'], ['w']]], { v: weight(4, 6) }),
  'Transpose and Reshape': derived(
    [
      ['Transpose', ['v'], ['t'], { perm: [1, 2, 0] }],
      ['Reshape', ['t', 's'], ['w']],
    ],
    { v: weight(4, 2, 3), s: { shape: [2], data: BigInt64Array.of(-1n, 4n) } },
  ),
  'DequantizeLinear with one scale': derived([['DequantizeLinear', ['q', 's', 'z'], ['w']]], {
    q: { shape: [6, 4], data: int8 },
    s: { shape: [], data: Float32Array.of(0.03) },
    z: { shape: [], data: Int8Array.of(3) },
  }),
  'DequantizeLinear with a scale of each column': derived(
    [['DequantizeLinear', ['q', 's'], ['w'], { axis: -1 }]],
    { q: { shape: [6, 4], data: int8 }, s: { shape: [4], data: values(4) } },
  ),
  float_data: derived([], {
    w: { shape: [6, 4], type: 1, fields: { floatData: Array.from(values(24)) } },
  }),
  'int32_data of F16': derived([['Cast', ['v'], ['w'], { to: 1 }]], {
    v: { shape: [6, 4], type: F16, fields: { int32Data: Array.from(halves(24)) } },
  }),
  'an initializer that is an input, before version 4': {
    ...{ nodes: gemm(['x', 'w', 'b']), x: [3, 6], opset: 8, irVersion: 3 },
    constants: { w: weight(6, 4), b: weight(4) },
  },
};

export const types: Readonly<Record<string, Form>> = {
  F16: {
    ...{ nodes: gemm(['x', 'w', 'b']), x: [3, 6], type: F16 },
    constants: {
      w: { shape: [6, 4], type: F16, data: halves(24) },
      b: { shape: [4], type: F16, data: halves(4) },
    },
  },
  F64: {
    ...{ nodes: matMul('x', 'w'), x: [3, 6], type: F64 },
    constants: { w: { shape: [6, 4], data: Float64Array.from(values(24)) } },
  },
};
