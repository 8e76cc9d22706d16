/** Weights of a dense layer whose inputs are copies of fewer values. */
import * as tf from '@tensorflow/tfjs-core';
import { block } from './block.ts';

/**
 * The weight [out, channels] that has the same effect on single values as `weight` [out, channels * copies] on `copies`
 * equal values per channel: the same layer with a fraction of the multiplications.
 */
export function foldCopies(weight: tf.Tensor2D, copies: number): tf.Tensor2D {
  const [out, inputs] = weight.shape;
  const channels = inputs / copies;
  return block({
    differentiate: [weight],
    forward: () => {
      const blocks = tf.reshape(weight, [out * channels, copies]);
      return tf.reshape(tf.sum(blocks, 1), [out, channels]) as tf.Tensor2D;
    },
    keep: () => [],
    backward: (dy) => [spreadCopies(dy, copies)],
  });
}

/** The gradient of `foldCopies`: each element `copies` times, next to each other. */
export function spreadCopies(folded: tf.Tensor2D, copies: number): tf.Tensor2D {
  const [out, channels] = folded.shape;
  const column = tf.reshape(folded, [out * channels, 1]);
  return tf.reshape(tf.matMul(column, tf.ones([1, copies])), [out, channels * copies]);
}
