/** Cross-entropy of logits against labels, with its short gradient. */
import * as tf from '@tensorflow/tfjs-core';
import { block } from '../kernels/block.ts';

/**
 * The sum over rows and classes of -truth * log(softmax(logits)); both are [rows, classes]. For a mean over n samples,
 * truth has 1/n at each label's class. A row of zeros is ignored.
 */
export function crossEntropy(logits: tf.Tensor2D, truth: tf.Tensor2D): tf.Scalar {
  return block({
    differentiate: [logits],
    forward: () => tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), truth))) as tf.Scalar,
    keep: () => [logits, truth] as const,
    backward: (dy, [scores, target]) => {
      const error = tf.sub(tf.mul(tf.softmax(scores), tf.sum(target, 1, true)), target);
      return [tf.mul(error, dy)];
    },
  });
}
