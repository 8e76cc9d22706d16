/** A training with noise: samples, weights, and the options of its steps. */
import type { Samples } from '../../../src/datasets/samples.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { batchesOf } from '../../../src/nn/batch.ts';
import { copiedInputs, narrowed } from '../../../src/nn/model/copied-inputs.ts';
import { type Layer, parameterShapes, sizeOf } from '../../../src/nn/model/description.ts';
import type { Weight, Weights } from '../../../src/nn/model/weights.ts';
import type { StepsOptions } from '../../../src/nn/training/steps.ts';

export const CLASSES = 5;
export const BATCH = 9;
export const SMALLER_BATCH = 4;

export interface Setting {
  readonly layers: readonly Layer[];
  readonly shape: readonly number[];
  /** Weights that are not trained. */
  readonly fixed?: (name: string) => boolean;
  readonly weightDecay?: number;
  readonly weights?: Weights;
}

/** Every third row of an image is flat, so that pools have ties. */
function noisySamples(shape: readonly number[]): Samples {
  const random = randomStream(3, 'samples', shape.join());
  const size = sizeOf(shape);
  const line = size / shape[0]!;
  const values = Float32Array.from({ length: 24 * size }, (_, i) =>
    Math.floor(i / line) % 3 === 0 ? 0.5 : random.normal(),
  );
  return {
    ...{ count: 24, shape, classes: CLASSES },
    labels: Uint8Array.from({ length: 24 }, () => random.integer(CLASSES)),
    fill: (indices, out) => {
      for (let i = 0; i < indices.length; i++) {
        out.set(values.subarray(indices[i]! * size, (indices[i]! + 1) * size), i * size);
      }
    },
  };
}

/** Of a scale at which no layer is silent. */
export function noisyWeights(layers: readonly Layer[]): Weights {
  return new Map(
    parameterShapes(layers).map(({ name, shape }): [string, Weight] => {
      const random = randomStream(5, 'weights', name);
      const scale = shape.length === 1 ? 0.3 : Math.sqrt(2 / sizeOf(shape.slice(1)));
      const positive = /running_var$|norm\.weight$/.test(name);
      const data = Float32Array.from({ length: sizeOf(shape) }, () =>
        positive ? 0.5 + random.uniform() : scale * random.normal(),
      );
      return [name, { shape, data }];
    }),
  );
}

export function optionsOf(setting: Setting): StepsOptions {
  const { layers, shape, fixed = () => false, weightDecay = 0 } = setting;
  const weights = setting.weights ?? noisyWeights(layers);
  const copies = copiedInputs(layers, shape);
  const isStatistic = (name: string) => name.includes('running_');
  const isFixed = (name: string) => {
    if (weights.get(name)!.data.length === 0) return true;
    const index = layers.findIndex((layer) => 'name' in layer && `${layer.name}.bias` === name);
    // A batch norm takes the bias before it out again: its gradient is a rounding error.
    const cancelled = index >= 0 && layers[index]!.kind === 'convolution';
    if (cancelled && layers[index + 1]?.kind === 'batch-norm') return true;
    return fixed(name.replace(/running_\w+$/, 'weight'));
  };
  const some = (take: (name: string) => boolean): Weights =>
    new Map([...weights].filter(([name]) => take(name)));
  const [summed, folded] = weightDecay === 0 ? [copies, new Map()] : [new Map(), copies];
  return {
    ...{ layers, batches: batchesOf(noisySamples(shape), shape), weightDecay, seed: 3 },
    ...{ batchSizes: [BATCH, SMALLER_BATCH], copies: folded, multipliers: summed },
    trained: narrowed(
      some((name) => !isStatistic(name) && !isFixed(name)),
      summed,
    ),
    statistics: some((name) => isStatistic(name) && !isFixed(name)),
    fixed: narrowed(some(isFixed), copies),
  };
}

export const batch = (size: number) => Uint32Array.from({ length: size }, (_, i) => (7 * i) % 24);
