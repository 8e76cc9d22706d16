/**
 * A dense layer x W^T + b with, where wanted, its ReLU, as one block. x is [batch, in], W [out, in].
 *
 * The wasm backend multiplies transposed operands in a slow loop, so there the small operands (the
 * batch and its error) are transposed beforehand, never W.
 */
import * as tf from '@tensorflow/tfjs-core';
import { block, type Gradients } from './block.ts';
import { asTensor, filled, onHeap, unfilled } from './heap.ts';
import { native } from './native.ts';
import { addressOf, simd } from './simd.ts';
import { transposed } from './transpose.ts';

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
export function withBias<T extends tf.Tensor>(x: T, bias: tf.Tensor1D): T {
  // By its own name TensorFlow computes it with the product before it and the ReLU behind it.
  if (tf.getBackend() === 'tensorflow') {
    return native('BiasAdd', { T: 'float32', data_format: 'NHWC' }, [x, bias]) as T;
  }
  return tf.add(x, bias);
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
  const loops = tf.getBackend() === 'wasm' && dy.size % 4 === 0 ? simd() : undefined;
  if (loops) {
    const output = unfilled(dy.shape);
    loops.reluGradient(4 * dy.size, addressOf(output), addressOf(dy), addressOf(y));
    return asTensor(output);
  }
  // The step of tfjs's native backend looks for NaNs first, and takes as long as the convolutions.
  if (tf.getBackend() === 'tensorflow') {
    return native('ReluGrad', { T: 'float32' }, [dy, y]) as T;
  }
  return tf.mul(dy, tf.step(y));
}

/** Sums over the rows. */
export function columnSums(rows: tf.Tensor): tf.Tensor1D {
  // wasm sums over a leading axis only after transposing, and puts a factor in an order of its own.
  if (tf.getBackend() === 'wasm') return heapColumnSums(rows);
  if (tf.getBackend() === 'tensorflow') {
    const attributes = { T: 'float32', data_format: 'NHWC' } as const;
    return native('BiasAddGrad', attributes, [rows]) as tf.Tensor1D;
  }
  return tf.reshape(tf.matMul(tf.ones([1, rows.shape[0]!]), rows), [-1]);
}

function heapColumnSums(rows: tf.Tensor): tf.Tensor1D {
  const columns = rows.shape[1]!;
  const loops = columns % 4 === 0 ? simd() : undefined;
  if (loops) return blockwiseSums(rows, loops);
  return filled([columns], [rows], (out, values) => {
    const sums = new Float64Array(columns);
    for (let at = 0; at < values!.length; at += columns) {
      for (let j = 0; j < columns; j++) sums[j]! += values![at + j]!;
    }
    out.set(sums);
  });
}

/** Blocks of rows in single precision, their sums in double: the more rows, the more it counts. */
function blockwiseSums(rows: tf.Tensor, loops: NonNullable<ReturnType<typeof simd>>): tf.Tensor1D {
  const [count, columns] = rows.shape as [number, number];
  const sums = new Float64Array(columns);
  const output = unfilled([columns]);
  const [out] = onHeap(output);
  const [to, from, length] = [addressOf(output), addressOf(rows), 4 * columns];
  for (let row = 0; row < count; row += BLOCK) {
    loops.sumRows(length, to, from + row * length, Math.min(BLOCK, count - row));
    for (let j = 0; j < columns; j++) sums[j]! += out![j]!;
  }
  out!.set(sums);
  return asTensor(output);
}

const BLOCK = 64;

/** a b^T, where `a` is the smaller. */
export function timesTransposed(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  if (tf.getBackend() !== 'wasm') return tf.matMul(a, b, false, true);
  return transposed(tf.matMul(b, transposed(a)));
}

/** a^T b. */
export function transposedTimes(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  if (tf.getBackend() !== 'wasm') return tf.matMul(a, b, true, false);
  return tf.matMul(transposed(a), b);
}
