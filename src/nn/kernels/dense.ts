/**
 * A dense layer x W^T + b with, where wanted, its ReLU, as one block. x is [batch, in], W [out, in].
 *
 * The wasm backend multiplies transposed operands in a slow loop, so there the small operands (the
 * batch and its error) are transposed beforehand, never W.
 */
import * as tf from '@tensorflow/tfjs-core';
import { block } from './block.ts';

export interface DenseOptions {
  readonly relu: boolean;
  /** False for the first layer of what is trained: nobody needs the gradient of its input. */
  readonly inputGradient: boolean;
}

/** `bias` is left out for the right factor of a factored layer. */
export function dense(
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D | undefined,
  { relu, inputGradient }: DenseOptions,
): tf.Tensor2D {
  const inputs = inputGradient ? [x] : [];
  return block({
    differentiate: [...inputs, weight, ...(bias ? [bias] : [])],
    forward: () => {
      const product = timesTransposed(x, weight);
      const sum = bias ? tf.add<tf.Tensor2D>(product, bias) : product;
      return relu ? tf.relu(sum) : sum;
    },
    keep: (y) => [x, weight, y] as const,
    backward: (dy, [input, w, y]) => {
      const error = relu ? reluGradient(dy, y) : dy;
      return [
        ...(inputGradient ? [tf.matMul(error, w) as tf.Tensor2D] : []),
        transposedTimes(error, input),
        ...(bias ? [columnSums(error)] : []),
      ];
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
function timesTransposed(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  if (tf.getBackend() !== 'wasm') return tf.matMul(a, b, false, true);
  return tf.transpose(tf.matMul(b, tf.transpose(a)) as tf.Tensor2D);
}

/** a^T b. */
function transposedTimes(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  if (tf.getBackend() !== 'wasm') return tf.matMul(a, b, true, false);
  return tf.matMul(tf.transpose(a), b);
}
