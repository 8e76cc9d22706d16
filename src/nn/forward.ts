/**
 * Runs a chain of layers on a batch, for inference and for training alike.
 *
 * A ReLU is computed with the layer before it. In training dropout is on, with masks that depend on
 * seed, step and layer only. A dense layer behind a pool that merely copies a 1x1 map can work on the
 * folded weight, which is the same arithmetic (and the same gradients) at a fraction of the cost.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { convolution } from './kernels/convolution.ts';
import { dense, relu as rectified } from './kernels/dense.ts';
import { dropout } from './kernels/dropout.ts';
import { flatten, foldCopies, maxPool, poolAndFlatten } from './kernels/pooling.ts';
import type { Layer, WeightedLayer } from './model/description.ts';
import type { Parameters } from './model/parameters.ts';

export interface TrainingPass {
  readonly seed: number;
  /** Steps since the beginning of the training. */
  readonly step: number;
}

export interface ForwardOptions {
  readonly training?: TrainingPass;
  /** Fold copied maps. Left out where the cost itself is measured. */
  readonly fold?: boolean;
}

/** What is left to do and what is known on the way; layers are consumed from the front. */
interface Position {
  readonly layers: readonly Layer[];
  readonly index: number;
  readonly value: tf.Tensor;
  /** How many copies of each channel the value stands for. */
  readonly copies: number;
  /** False until a trained layer has been passed. */
  readonly differentiated: boolean;
}

/** `layers` on a batch `input`; `parameters` holds at least theirs. Called in a `tf.tidy`. */
export function forward(
  layers: readonly Layer[],
  parameters: Parameters,
  input: tf.Tensor,
  options: ForwardOptions = {},
): tf.Tensor {
  let position: Position = { layers, index: 0, value: input, copies: 1, differentiated: false };
  while (position.index < layers.length) position = advance(position, parameters, options);
  return position.value;
}

function advance(at: Position, parameters: Parameters, options: ForwardOptions): Position {
  const { training, fold = false } = options;
  const layer = at.layers[at.index]!;
  const step = (value: tf.Tensor, consumed = 1, copies = 1): Position => ({
    ...at,
    index: at.index + consumed,
    value,
    copies,
  });
  switch (layer.kind) {
    case 'convolution':
    case 'dense':
    case 'factored-dense': {
      const relu = at.layers[at.index + 1]?.kind === 'relu';
      const value = weighted(layer, at, parameters, relu);
      return { ...step(value, relu ? 2 : 1), differentiated: true };
    }
    case 'relu':
      return step(rectified(at.value));
    case 'max-pool':
      if (training && at.layers[at.index - 1]?.kind !== 'relu') {
        throw new Error('a max-pool is trained only right behind a ReLU');
      }
      return step(maxPool(at.value as tf.Tensor4D, layer.size, layer.stride));
    case 'adaptive-average-pool': {
      const map = at.value as tf.Tensor4D;
      // A flatten follows: `inferShapes` sees to it.
      const copied = map.shape[1] * map.shape[2] === 1;
      const behind = at.layers[at.index + 2]?.kind ?? 'none';
      if (fold && copied && (behind === 'dense' || behind === 'factored-dense')) {
        return step(flatten(map), 2, layer.size ** 2);
      }
      return step(poolAndFlatten(map, layer.size), 2);
    }
    case 'flatten':
      return step(flatten(at.value as tf.Tensor4D));
    case 'dropout':
      return step(training ? dropout(at.value, layer.rate, training, at.index) : at.value);
  }
}

function weighted(
  layer: WeightedLayer,
  { value, copies, differentiated }: Position,
  parameters: Parameters,
  relu: boolean,
): tf.Tensor {
  const parameter = <T extends tf.Tensor>(suffix: string): T => {
    const tensor = parameters.get(`${layer.name}.${suffix}`);
    if (tensor === undefined) throw new Error(`no parameter ${layer.name}.${suffix}`);
    return tensor as T;
  };
  const bias = parameter<tf.Tensor1D>('bias');
  const first = (suffix: string) => {
    const weight = parameter<tf.Tensor2D>(suffix);
    return copies === 1 ? weight : foldCopies(weight, copies);
  };
  const rows = value as tf.Tensor2D;
  const inputGradient = differentiated;
  switch (layer.kind) {
    case 'convolution': {
      const { stride, padding } = layer;
      const filter = parameter<tf.Tensor4D>('weight');
      const options = { stride, padding, relu, inputGradient };
      return convolution(value as tf.Tensor4D, filter, bias, options);
    }
    case 'dense':
      return dense(rows, first('weight'), bias, { relu, inputGradient });
    case 'factored-dense': {
      const inner = dense(rows, first('right.weight'), undefined, { relu: false, inputGradient });
      const left = parameter<tf.Tensor2D>('left.weight');
      return dense(inner, left, bias, { relu, inputGradient: true });
    }
  }
}
