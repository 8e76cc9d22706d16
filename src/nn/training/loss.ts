/**
 * Cross-entropy of logits against one-hot labels, averaged over the batch, with its short gradient.
 */
import * as tf from '@tensorflow/tfjs-core';
import { block } from '../kernels/block.ts';

/** Both are [rows, classes]: all samples of the batch, which are `batch`, or a part of them. */
export function crossEntropy(
  logits: tf.Tensor2D,
  truth: tf.Tensor2D,
  batch = logits.shape[0],
): tf.Scalar {
  return block({
    differentiate: [logits],
    forward: () => {
      const chosen = tf.sum(tf.mul(tf.logSoftmax(logits), truth));
      return tf.mul(chosen, -1 / batch) as tf.Scalar;
    },
    keep: () => [logits, truth] as const,
    backward: (dy, [scores, target]) => {
      const error = tf.sub(tf.softmax(scores), target);
      return [tf.mul(error, tf.mul(dy, 1 / batch))];
    },
  });
}
