/** A dense layer x W^T + b with an optional ReLU, as one block. x is [batch, in], W [out, in]. */
import * as tf from '@tensorflow/tfjs-core';
import { fastColumnSums, fastReluGradient, fastWithBias } from '../fast-forms.ts';
import { block, type Gradients } from './block.ts';
import { timesTransposed, transposedTimes } from './products.ts';

export interface DenseOptions extends Gradients {
  readonly relu: boolean;
}

/** `bias` is missing if a layer has none, such as all factors of a layer except the last. */
export function dense(
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D | undefined,
  { relu, inputGradient, weightGradient = true }: DenseOptions,
): tf.Tensor2D {
  const inputs = inputGradient ? [x] : [];
  const trained = [weight, ...(bias ? [bias] : [])];
  return block({
    differentiate: [...inputs, ...(weightGradient ? trained : [])],
    forward: () => {
      const product = timesTransposed(x, weight);
      const sum = bias ? withBias(product, bias) : product;
      return relu ? tf.relu(sum) : sum;
    },
    keep: (y) => [x, weight, y] as const,
    backward: (dy, [input, w, y]) => {
      const error = relu ? reluGradient(dy, y) : dy;
      const ofInput = inputGradient ? [tf.matMul(error, w) as tf.Tensor2D] : [];
      if (!weightGradient) return ofInput;
      return [...ofInput, transposedTimes(error, input), ...(bias ? [columnSums(error)] : [])];
    },
  });
}

/** `x` [..., n] plus `bias` [n]. */
function withBias<T extends tf.Tensor>(x: T, bias: tf.Tensor1D): T {
  return (fastWithBias[tf.getBackend()]?.(x, bias) ?? tf.add(x, bias)) as T;
}

/** A ReLU that is not computed with the layer before it. */
export function relu<T extends tf.Tensor>(x: T): T {
  return block({
    differentiate: [x],
    forward: () => tf.relu(x),
    keep: (y) => [y] as const,
    backward: (dy, [y]) => [reluGradient(dy, y)],
  });
}

/** The error before a ReLU, from the error `dy` and the value `y` after it. */
export function reluGradient<T extends tf.Tensor>(dy: T, y: T): T {
  return (fastReluGradient[tf.getBackend()]?.(dy, y) ?? tf.mul(dy, tf.step(y))) as T;
}

/** Sums over the rows. */
export function columnSums(rows: tf.Tensor): tf.Tensor1D {
  const sums = () => tf.reshape(tf.matMul(tf.ones([1, rows.shape[0]!]), rows), [-1]);
  return fastColumnSums[tf.getBackend()]?.(rows) ?? (sums() as tf.Tensor1D);
}
