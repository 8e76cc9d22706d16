/** The weights of a model count wherever the file has them, and shared ones count once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openOnnx } from '../../src/onnx/open.ts';
import { weightCount } from '../../src/onnx/weight-count.ts';
import {
  F16,
  nodeProto,
  type SmallModel,
  tensorProto,
  weight,
  writeModelFile,
} from './small-models.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'onnx-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function countIn(model: SmallModel): number {
  const file = openOnnx(writeModelFile(folder, model));
  try {
    return weightCount(file);
  } finally {
    file.close();
  }
}

const inputs = { x: ['n', 4] };
const integers = (...values: number[]) => ({
  shape: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

test('initializers count once, and integers do not count', () => {
  const constants = { w: weight(4, 4), b: weight(4), shape: integers(-1, 4) };
  const nodes: SmallModel['nodes'] = [
    ['Reshape', ['x', 'shape'], ['a']],
    ['Gemm', ['a', 'w', 'b'], ['c']],
    ['Gemm', ['c', 'w', 'b'], ['y']],
  ];
  expect(countIn({ inputs, constants, nodes })).toBe(20);
});

test('weights that nodes make count, also those of layers that stay whole', () => {
  const nodes: SmallModel['nodes'] = [
    ['Constant', [], ['w'], { value: tensorProto('', weight(4, 4)) }],
    [
      'Constant',
      [],
      ['half'],
      {
        value: { ...tensorProto('', { ...weight(8, 1, 3), data: new Uint16Array(24), type: F16 }) },
      },
    ],
    ['Cast', ['half'], ['kernel'], { to: 1 }],
    ['ConstantOfShape', ['shape'], ['b']],
    ['Gemm', ['x', 'w', 'b'], ['a'], {}],
    ['Unsqueeze', ['a', 'axes'], ['c']],
    ['Conv', ['c', 'kernel'], ['y'], { group: 8 }],
  ];
  const constants = { shape: integers(4), axes: integers(2) };
  expect(countIn({ inputs, constants, nodes })).toBe(16 + 24 + 4);
});

test('integers that become floats count', () => {
  const constants = {
    stored: { shape: [4, 2], data: new Int8Array(8) },
    scale: { shape: [], data: Float32Array.of(0.5) },
  };
  const nodes: SmallModel['nodes'] = [
    ['DequantizeLinear', ['stored', 'scale'], ['w']],
    ['MatMul', ['x', 'w'], ['y']],
  ];
  expect(countIn({ inputs, constants, nodes })).toBe(8 + 1);
});

test('weights in branches count', () => {
  const branch = (rows: number) => ({
    name: 'branch',
    node: [
      nodeProto(['Constant', [], ['v'], { value: tensorProto('', weight(rows, 4)) }]),
      nodeProto(['MatMul', ['x', 'outer'], ['h']]),
      nodeProto(['Gemm', ['h', 'v'], ['z'], { transB: 1 }]),
    ],
    output: [{ name: 'z' }],
  });
  const constants = {
    outer: weight(4, 4),
    chosen: { shape: [], data: new Uint8Array([1]), type: 9 },
  };
  const nodes: SmallModel['nodes'] = [
    ['If', ['chosen'], ['y'], { then_branch: branch(2), else_branch: branch(3) }],
  ];
  expect(countIn({ inputs, constants, nodes })).toBe(16 + 8 + 12);
});
