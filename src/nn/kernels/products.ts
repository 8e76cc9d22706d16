/** Products of transposed operands. */
import * as tf from '@tensorflow/tfjs-core';
import { fastTimesTransposed, fastTransposedTimes } from '../fast-forms.ts';

/** a b^T, where `a` is the smaller. */
export function timesTransposed(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return fastTimesTransposed[tf.getBackend()]?.(a, b) ?? tf.matMul(a, b, false, true);
}

/** a^T b, where `a` is the smaller. */
export function transposedTimes(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return fastTransposedTimes[tf.getBackend()]?.(a, b) ?? tf.matMul(a, b, true, false);
}
