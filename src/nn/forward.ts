/**
 * Runs a chain of layers on a batch, for inference and for training.
 *
 * A ReLU is computed with the convolution or dense layer before it. In training dropout is on, and a trained batch norm
 * uses the statistics of the batch. Layers that are not trained are constants: only the layers after the first trained
 * one have gradients. A dense layer behind a pool that merely copies a 1x1 map can use the folded weight, which is the
 * same arithmetic (and the same gradients) at a fraction of the cost.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { fixedBatchNorm, trainedBatchNorm } from './kernels/batch-norm.ts';
import { convolution } from './kernels/convolution.ts';
import { foldCopies } from './kernels/copies.ts';
import { dense, relu as rectified } from './kernels/dense.ts';
import { type DropoutLayer, dropout } from './kernels/dropout.ts';
import { interpolation } from './kernels/interpolation.ts';
import { flatten, maxPool, poolAndFlatten } from './kernels/pooling.ts';
import type { Layer, WeightedLayer } from './model/description.ts';
import type { Parameters } from './model/parameters.ts';

export interface TrainingPass {
  /** The mask that multiplies the input of a dropout layer; only for the forward pass. */
  readonly mask: (dropout: DropoutLayer) => tf.Tensor;
  /** The names of the parameters that are trained. */
  readonly trained: ReadonlySet<string>;
}

export interface ForwardOptions {
  readonly training?: TrainingPass;
  /** Whether to fold copied maps. Not set if the cost itself is measured. */
  readonly fold?: boolean;
}

/** The remaining layers and the state of the pass. Layers are consumed from the front. */
interface Position {
  readonly layers: readonly Layer[];
  readonly index: number;
  readonly value: tf.Tensor;
  /** False until a trained layer has been passed. */
  readonly differentiated: boolean;
}

/** Runs `layers` on a batch `input`; `parameters` must contain theirs. Call it in a `tf.tidy`. */
export function forward(
  layers: readonly Layer[],
  parameters: Parameters,
  input: tf.Tensor,
  options: ForwardOptions = {},
): tf.Tensor {
  let position: Position = { layers, index: 0, value: input, differentiated: false };
  while (position.index < layers.length) position = advance(position, parameters, options);
  return position.value;
}

function advance(at: Position, parameters: Parameters, options: ForwardOptions): Position {
  const { training, fold = false } = options;
  const layer = at.layers[at.index]!;
  const step = (value: tf.Tensor, consumed = 1): Position => ({
    ...at,
    index: at.index + consumed,
    value,
  });
  switch (layer.kind) {
    case 'convolution':
    case 'dense':
    case 'batch-norm':
    case 'interpolation': {
      const trained = training?.trained.has(`${layer.name}.weight`) ?? false;
      const followed = at.layers[at.index + 1]?.kind === 'relu';
      const relu = followed && (layer.kind === 'convolution' || layer.kind === 'dense');
      const value = weighted(layer, at, parameters, { relu, trained });
      const differentiated = at.differentiated || trained;
      return { ...step(value, relu ? 2 : 1), differentiated };
    }
    case 'relu':
      return step(rectified(at.value));
    case 'max-pool':
      return step(maxPool(at.value as tf.Tensor4D, layer.size, layer.stride));
    case 'adaptive-average-pool': {
      const map = at.value as tf.Tensor4D;
      // A flatten follows: `inferShapes` checks it.
      const copied = map.shape[1] * map.shape[2] === 1;
      if (fold && copied && at.layers[at.index + 2]?.kind === 'dense') {
        return step(flatten(map), 2);
      }
      return step(poolAndFlatten(map, layer.size), 2);
    }
    case 'flatten':
      return step(flatten(at.value as tf.Tensor4D));
    case 'dropout': {
      if (!training || layer.rate === 0) return step(at.value);
      const { rate } = layer;
      const mask = training.mask({ layer: at.index, rate, shape: at.value.shape });
      return step(dropout(at.value, mask));
    }
  }
}

interface WeightedOptions {
  readonly relu: boolean;
  readonly trained: boolean;
}

function weighted(
  layer: WeightedLayer,
  { value, differentiated }: Position,
  parameters: Parameters,
  { relu, trained }: WeightedOptions,
): tf.Tensor {
  const parameter = <T extends tf.Tensor>(suffix: string): T => {
    const tensor = parameters.get(`${layer.name}.${suffix}`);
    if (tensor === undefined) throw new Error(`no parameter ${layer.name}.${suffix}`);
    return tensor as T;
  };
  const gradients = { inputGradient: differentiated, weightGradient: trained };
  const rows = value as tf.Tensor2D;
  switch (layer.kind) {
    case 'convolution': {
      const { stride, padding } = layer;
      const filter = parameter<tf.Tensor4D>('weight');
      const bias = layer.bias ? parameter<tf.Tensor1D>('bias') : undefined;
      const options = { stride, padding, relu, ...gradients };
      return convolution(value as tf.Tensor4D, filter, bias, options);
    }
    case 'dense': {
      const weight = parameter<tf.Tensor2D>('weight');
      // More than one if the pool before was skipped, and the weight is not folded yet.
      const copies = weight.shape[1] / rows.shape[1];
      const folded = copies === 1 ? weight : foldCopies(weight, copies);
      const bias = layer.bias ? parameter<tf.Tensor1D>('bias') : undefined;
      return dense(rows, folded, bias, { relu, ...gradients });
    }
    case 'batch-norm': {
      const norm = {
        weight: parameter<tf.Tensor1D>('weight'),
        bias: parameter<tf.Tensor1D>('bias'),
        runningMean: parameter<tf.Tensor1D>('running_mean'),
        runningVariance: parameter<tf.Tensor1D>('running_var'),
      };
      return (trained ? trainedBatchNorm : fixedBatchNorm)(value, norm, gradients);
    }
    case 'interpolation':
      return interpolation(rows, parameter<tf.Tensor2D>('weight'), layer.columns, gradients);
  }
}
