/**
 * A dense layer x W^T + b with, where wanted, its ReLU, as one block. x is [batch, in], W [out, in].
 *
 * The wasm backend multiplies transposed operands in a slow loop, so there the small operands (the
 * batch and its error) are transposed beforehand, never W.
 */
import * as tf from '@tensorflow/tfjs-core';
import { block, type Gradients } from './block.ts';

export interface DenseOptions extends Gradients {
  readonly relu: boolean;
}

/** `bias` is left out where a layer has none, such as all factors of a layer but the last. */
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
      const sum = bias ? tf.add<tf.Tensor2D>(product, bias) : product;
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

/** A ReLU that no layer before it takes along. */
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
  return tf.mul(dy, tf.step(y));
}

/** Sums over the rows, as a product: wasm sums over a leading axis only after transposing. */
export function columnSums(rows: tf.Tensor): tf.Tensor1D {
  return tf.reshape(tf.matMul(tf.ones([1, rows.shape[0]!]), rows), [-1]);
}

/** a b^T, where `a` is the smaller. */
export function timesTransposed(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  if (tf.getBackend() !== 'wasm') return tf.matMul(a, b, false, true);
  return tf.transpose(tf.matMul(b, tf.transpose(a)) as tf.Tensor2D);
}

/** a^T b. */
export function transposedTimes(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  if (tf.getBackend() !== 'wasm') return tf.matMul(a, b, true, false);
  return tf.matMul(tf.transpose(a), b);
}
