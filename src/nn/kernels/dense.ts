/**
 * A dense layer x W^T + b with, where wanted, its ReLU, as one block. x is [batch, in], W [out, in].
 *
 * The wasm backend multiplies transposed operands in a slow loop, so there the small operands (the
 * batch and its error) are transposed beforehand, never W.
 */
import * as tf from '@tensorflow/tfjs-core';
import { block, type Gradients } from './block.ts';
import { filled } from './heap.ts';
import { native } from './native.ts';

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
  // The step of tfjs's native backend looks for NaNs first, and takes as long as the convolutions.
  if (tf.getBackend() === 'tensorflow') {
    return native('ReluGrad', { T: 'float32' }, [dy, y], 1)[0] as T;
  }
  return tf.mul(dy, tf.step(y));
}

/** Sums over the rows. */
export function columnSums(rows: tf.Tensor): tf.Tensor1D {
  // wasm sums over a leading axis only after transposing, and puts a factor in an order of its own.
  if (tf.getBackend() === 'wasm') return heapColumnSums(rows);
  if (tf.getBackend() === 'tensorflow') {
    const attributes = { T: 'float32', data_format: 'NHWC' } as const;
    return native('BiasAddGrad', attributes, [rows], 1)[0] as tf.Tensor1D;
  }
  return tf.reshape(tf.matMul(tf.ones([1, rows.shape[0]!]), rows), [-1]);
}

function heapColumnSums(rows: tf.Tensor): tf.Tensor1D {
  const columns = rows.shape[1]!;
  return filled([columns], [rows], (out, values) => {
    // In double precision: the more rows, the more it counts.
    const sums = new Float64Array(columns);
    for (let at = 0; at < values!.length; at += columns) {
      for (let j = 0; j < columns; j++) sums[j]! += values![at + j]!;
    }
    out.set(sums);
  });
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
