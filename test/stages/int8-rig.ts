/** An ONNX model with a convolution and dense layers, whose factors fall off, and what is stored of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomStream } from '../../src/linalg/random.ts';
import type { ModelHistory } from '../../src/nn/model/history.ts';
import type { OnnxLayer } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import { modelBytes, type SmallModel } from '../onnx/small-models.ts';
import { type Folder, json, type Workbench } from './workbench.ts';

const random = randomStream(1, 'foreign int8');
/** Of a matrix that a low rank approximates well. */
export const decaying = (rows: number, cols: number) => {
  const data = new Float32Array(rows * cols);
  for (let t = 0; t < 12; t++) {
    const [u, v] = [rows, cols].map((length) => Array.from({ length }, () => random.normal()));
    for (let i = 0; i < data.length; i++) {
      data[i]! += (u![Math.floor(i / cols)]! * v![i % cols]!) / 2.5 ** t / 10;
    }
  }
  return data;
};

const network = (opset: number): SmallModel => ({
  inputs: { x: ['N', 6, 5, 4] },
  outputs: ['y'],
  opset,
  constants: {
    first: { shape: [24, 6, 3, 2], data: decaying(24, 36) },
    firstBias: { shape: [24], data: decaying(1, 24) },
    hidden: { shape: [24, 40], data: decaying(24, 40) },
    head: { shape: [30, 40], data: decaying(30, 40) },
    headBias: { shape: [30], data: decaying(1, 30) },
  },
  nodes: [
    ['Conv', ['x', 'first', 'firstBias'], ['a'], { pads: [1, 0, 1, 1] }, 'conv'],
    ['GlobalAveragePool', ['a'], ['b']],
    ['Flatten', ['b'], ['c']],
    ['MatMul', ['c', 'hidden'], ['d'], {}, 'hidden'],
    ['Relu', ['d'], ['e']],
    ['Gemm', ['e', 'head', 'headBias'], ['y'], { transB: 1 }, 'head'],
  ],
});
/** The weights of the three layers in float32. */
export const WHOLE = 4 * (24 * 36 + 24 * 40 + 30 * 40);

export async function takeNetwork(bench: Workbench, opset = 13): Promise<Folder> {
  const folder = bench.folder();
  writeFileSync(join(folder, 'net.onnx'), modelBytes(network(opset)));
  return (await bench.run('model', { inputs: { model: folder } })).model!;
}

export async function factorsOf(bench: Workbench, model: Folder): Promise<Folder> {
  const parameters = { schemes: ['channel', 'input', 'spatial'] };
  return (await bench.run('factorize', { parameters, inputs: { model } })).factors!;
}

export const historyOf = (folder: Folder) =>
  json<{ parameters: number; history: ModelHistory }>(folder, 'model.json');
export const compressionOf = (folder: Folder) => historyOf(folder).history.compression!;

export function opened<T>(folder: Folder, use: (file: ReturnType<typeof openOnnx>) => T): T {
  const file = openOnnx(join(folder, 'net.onnx'));
  try {
    return use(file);
  } finally {
    file.close();
  }
}

export interface Part {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

export function partOf({ shape, read }: OnnxLayer): Part {
  return { shape, data: read() };
}

/** Two convolutions in turn, of which each axis belongs to at most one. A dense layer has no axes. */
export function composed(right: Part, left: Part, kernel: readonly number[]): Part {
  const [rank, inputs, rh = 1, rw = 1] = right.shape as [number, number, number?, number?];
  const [outputs, , lh = 1, lw = 1] = left.shape as [number, number, number?, number?];
  const [height, width] = [Math.max(rh, lh), Math.max(rw, lw)];
  const data: number[] = [];
  for (let t = 0; t < outputs; t++) {
    for (let s = 0; s < inputs; s++) {
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j++) {
          let sum = 0;
          for (let k = 0; k < rank; k++) {
            const inLeft = ((t * rank + k) * lh + (lh > 1 ? i : 0)) * lw + (lw > 1 ? j : 0);
            const inRight = ((k * inputs + s) * rh + (rh > 1 ? i : 0)) * rw + (rw > 1 ? j : 0);
            sum += left.data[inLeft]! * right.data[inRight]!;
          }
          data.push(sum);
        }
      }
    }
  }
  return { shape: [outputs, inputs, ...(kernel.length > 0 ? [height, width] : [])], data };
}
