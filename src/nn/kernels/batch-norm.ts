/**
 * Batch normalization of channels, the last axis (Ioffe and Szegedy 2015), as PyTorch's `BatchNorm`
 * computes it: y = (x - mean) / sqrt(variance + 1e-5) * weight + bias.
 *
 * In training, mean and (biased) variance are those of the batch. The update of the running statistics is passed on as
 * their gradient: running - batch, with the unbiased variance. A step of size `momentum` against it is PyTorch's
 * update. Otherwise the running statistics are used.
 */
import * as tf from '@tensorflow/tfjs-core';
import { batchNormEpsilon } from '../model/description.ts';
import { block, type Gradients } from './block.ts';
import { columnSums } from './dense.ts';

/** One value per channel. */
export interface BatchNorm {
  readonly weight: tf.Tensor1D;
  readonly bias: tf.Tensor1D;
  readonly runningMean: tf.Tensor1D;
  readonly runningVariance: tf.Tensor1D;
}

/** Uses the running statistics. Only `x` is differentiated. */
export function fixedBatchNorm<T extends tf.Tensor>(
  x: T,
  { weight, bias, runningMean, runningVariance }: BatchNorm,
  { inputGradient }: Pick<Gradients, 'inputGradient'>,
): T {
  return block({
    differentiate: inputGradient ? [x] : [],
    forward: () => {
      const scale = tf.mul(weight, inverseDeviation(runningVariance));
      return scaled(x, scale, tf.sub(bias, tf.mul(runningMean, scale)));
    },
    keep: () => [weight, runningVariance] as const,
    backward: (dy, [factor, variance]) => [tf.mul(dy, tf.mul(factor, inverseDeviation(variance)))],
  });
}

/** Uses the statistics of the batch. Has gradients for `x`, if requested, and for all four arrays of `norm`. */
export function trainedBatchNorm<T extends tf.Tensor>(
  x: T,
  norm: BatchNorm,
  { inputGradient }: Pick<Gradients, 'inputGradient'>,
): T {
  const { weight, bias, runningMean, runningVariance } = norm;
  const count = x.size / weight.size;
  let batch: { readonly mean: tf.Tensor; readonly variance: tf.Tensor };
  return block({
    differentiate: [...(inputGradient ? [x] : []), weight, bias, runningMean, runningVariance],
    forward: () => {
      const mean = tf.div(channelSums(x), count);
      const centred = tf.sub(x, mean);
      const variance = tf.div(channelSums(tf.mul(centred, centred)), count);
      batch = { mean, variance };
      return scaled(centred, tf.mul(weight, inverseDeviation(variance)), bias) as T;
    },
    keep: () => [x, weight, batch.mean, batch.variance, runningMean, runningVariance] as const,
    backward: (dy, [input, factor, mean, variance, keptMean, keptVariance]) => {
      const inverse = inverseDeviation(variance);
      const centred = tf.sub(input, mean);
      const ofBias = channelSums(dy);
      const ofWeight = tf.mul(channelSums(tf.mul(dy, centred)), inverse);
      // PyTorch refuses a batch with one value per channel; here both variances are 0.
      const unbiased = tf.mul(variance, count / Math.max(1, count - 1));
      const ofStatistics = [tf.sub(keptMean, mean), tf.sub(keptVariance, unbiased)];
      if (!inputGradient) return [ofWeight, ofBias, ...ofStatistics];
      // scale (dy - mean of dy - normalized x * mean of dy * normalized x), in two passes.
      const scale = tf.mul(factor, inverse);
      const slope = tf.mul(tf.mul(scale, inverse), tf.div(ofWeight, -count));
      const shift = tf.mul(scale, tf.div(ofBias, -count));
      const ofInput = tf.add(tf.mul(dy, scale), scaled(centred, slope, shift));
      return [ofInput, ofWeight, ofBias, ...ofStatistics];
    },
  });
}

function scaled<T extends tf.Tensor>(x: T, scale: tf.Tensor, shift: tf.Tensor): T {
  return tf.add(tf.mul(x, scale), shift);
}

function inverseDeviation(variance: tf.Tensor): tf.Tensor {
  return tf.rsqrt(tf.add(variance, batchNormEpsilon));
}

/**
 * Over all axes except the last. The batch comes first, so that no float32 sum has more terms than
 * necessary.
 */
function channelSums(x: tf.Tensor): tf.Tensor1D {
  const [batch, channels] = [x.shape[0]!, x.shape.at(-1)!];
  const sums = columnSums(tf.reshape(x, [batch, -1]));
  return x.rank === 2 ? sums : columnSums(tf.reshape(sums, [-1, channels]));
}
