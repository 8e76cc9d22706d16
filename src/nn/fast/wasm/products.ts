/**
 * Products of transposed operands. The backend multiplies them in a slow loop, so here the smaller operand (the
 * batch or its error) is transposed first, never the weight.
 */
import * as tf from '@tensorflow/tfjs-core';
import { wasmTransposed } from './transpose.ts';

/** a b^T, where `a` is the smaller. */
export function timesTransposed(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return transposed(tf.matMul(b, transposed(a)));
}

/** a^T b, where `a` is the smaller. */
export function transposedTimes(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(transposed(a), b);
}

function transposed(x: tf.Tensor2D): tf.Tensor2D {
  return wasmTransposed(x) ?? tf.transpose(x);
}
