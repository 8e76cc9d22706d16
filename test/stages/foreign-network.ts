/** An ONNX network of another program, and the layers of a stored one. */
import { join } from 'node:path';
import type { Matrix } from '../../src/linalg/matrix.ts';
import { multiply } from '../../src/linalg/multiply.ts';
import { randomStream } from '../../src/linalg/random.ts';
import type { ModelHistory } from '../../src/nn/model/history.ts';
import { constantLayers } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import { modelBytes, type SmallModel } from '../onnx/small-models.ts';
import { type Folder, json, Workbench } from './workbench.ts';

const random = randomStream(1, 'foreign');

const filled = (length: number) => Float32Array.from({ length }, () => random.normal() / 4);

/** Two dense layers share a weight. The depthwise convolution cannot be factored. */
export const network: SmallModel = {
  inputs: { x: ['N', 4, 6, 6] },
  outputs: ['y'],
  constants: {
    first: { shape: [8, 4, 3, 3], data: filled(288) },
    firstBias: { shape: [8], data: filled(8) },
    depth: { shape: [8, 1, 3, 3], data: filled(72) },
    hidden: { shape: [8, 8], data: filled(64) },
    head: { shape: [5, 8], data: filled(40) },
    headBias: { shape: [5], data: filled(5) },
  },
  nodes: [
    ['Conv', ['x', 'first', 'firstBias'], ['a'], { pads: [1, 1, 1, 1] }, '/first/Conv'],
    ['Conv', ['a', 'depth'], ['b'], { group: 8 }, '/depth/Conv'],
    ['GlobalAveragePool', ['b'], ['c']],
    ['Flatten', ['c'], ['d']],
    ['MatMul', ['d', 'hidden'], ['e'], {}, '/hidden/MatMul'],
    ['Relu', ['e'], ['f']],
    ['MatMul', ['f', 'hidden'], ['g'], {}, '/again/MatMul'],
    ['Gemm', ['g', 'head', 'headBias'], ['y'], { transB: 1 }, '/head/Gemm'],
  ],
};

const samples = filled(1728);

export class ForeignBench extends Workbench {
  model!: Folder;
  factors!: Folder;
  data!: Folder;

  async begin(): Promise<this> {
    const model = await this.take(modelBytes(network));
    const parameters = { schemes: ['channel', 'input', 'spatial'] };
    const factors = (await this.run('factorize', { parameters, inputs: { model } })).factors!;
    const data = await this.takeSamples('noise', { shape: [12, 4, 6, 6], data: samples });
    return Object.assign(this, { model, factors, data });
  }

  take(bytes: Uint8Array, name = 'net.onnx', parameters = {}): Promise<Folder> {
    return this.takeModel({ [name]: bytes }, parameters);
  }

  async decompose(parameters: object): Promise<Folder> {
    const { model, factors } = this;
    return (await this.run('decompose', { parameters, inputs: { model, factors } })).model!;
  }
}

export const historyOf = (folder: Folder) =>
  json<{ parameters: number; history: ModelHistory }>(folder, 'model.json');

/** trace(E S E^T). */
export function energy(error: Matrix, sums: Matrix): number {
  const product = multiply(error, sums);
  return product.data.reduce((sum, value, i) => sum + value * error.data[i]!, 0);
}

export function layersOf(folder: Folder) {
  const { layers } = constantLayers(openOnnx(join(folder, 'net.onnx')));
  return new Map(
    layers.map(({ name, shape, read }) => [
      name,
      { rows: shape[0]!, cols: shape[1]!, data: read() },
    ]),
  );
}

export function weightsIn(folder: Folder): number {
  const { initializers } = openOnnx(join(folder, 'net.onnx')).graph;
  return initializers.reduce((sum, { count }) => sum + count, 0);
}
