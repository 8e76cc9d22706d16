/**
 * Cross-entropy of logits against class indices, averaged over the batch, with its short gradient.
 */
import * as tf from '@tensorflow/tfjs-core';
import { block } from '../kernels/block.ts';

export function crossEntropy(logits: tf.Tensor2D, labels: Uint8Array): tf.Scalar {
  const [batch, classes] = logits.shape;
  const truth = tf.tensor2d(oneHot(labels, classes), [batch, classes]);
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

function oneHot(labels: Uint8Array, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  labels.forEach((label, row) => {
    rows[row * classes + label] = 1;
  });
  return rows;
}
