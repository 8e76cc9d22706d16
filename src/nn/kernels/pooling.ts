/**
 * Max-pooling; average pooling to a fixed side, flattened in PyTorch's order; the shortcut for 1x1
 * maps.
 *
 * The average pool is a linear map of positions, so one matrix product.
 */
import * as tf from '@tensorflow/tfjs-core';
import { fastMaxPoolGradient } from '../fast-forms.ts';
import { block } from './block.ts';
import { cellWeights } from './cell-weights.ts';

/**
 * Differentiable only for values that are not negative, as after a ReLU. The first of equal values in a window, row by
 * row, gets the gradient, as in PyTorch.
 */
export function maxPool(x: tf.Tensor4D, filterSize: number, strides: number): tf.Tensor4D {
  return block({
    differentiate: [x],
    forward: () => tf.maxPool(x, filterSize, strides, 'valid'),
    keep: (y) => [x, y] as const,
    backward: (dy, [input, output]) => {
      const fast = fastMaxPoolGradient[tf.getBackend()];
      if (fast) return [fast(dy, input, filterSize, strides)];
      const attributes = { filterSize, strides, pad: 'valid' };
      return [
        tf.engine().runKernel(tf.MaxPoolGrad, { dy, input, output }, attributes) as tf.Tensor,
      ];
    },
  });
}

/** [batch, height, width, channels] to [batch, channels * size * size], with the cells of a channel together. */
export function poolAndFlatten(x: tf.Tensor4D, size: number): tf.Tensor2D {
  const [batch, height, width, channels] = x.shape;
  const weights = cellWeights(height, width, size);
  const cells = size * size;
  const positions = height * width;
  return block({
    differentiate: [x],
    forward: () => {
      const maps = tf.reshape(channelsFirst(x), [-1, positions]);
      const averages = tf.matMul(maps, tf.tensor2d(weights.byPosition, [positions, cells]));
      return tf.reshape(averages, [-1, channels * cells]) as tf.Tensor2D;
    },
    keep: () => [],
    backward: (dy) => {
      const errors = tf.reshape(dy, [batch * channels, cells]);
      const maps = tf.matMul(errors, tf.tensor2d(weights.byCell, [cells, positions]));
      return [channelsLast(maps, [batch, channels, height, width])];
    },
  });
}

/** [batch, height, width, channels] to [batch, channels * height * width], with a channel together. */
export function flatten(x: tf.Tensor4D): tf.Tensor2D {
  const [batch, height, width, channels] = x.shape;
  return block({
    differentiate: [x],
    forward: () => tf.reshape(channelsFirst(x), [-1, channels * height * width]) as tf.Tensor2D,
    keep: () => [],
    backward: (dy) => [channelsLast(dy, [batch, channels, height, width])],
  });
}

/** For maps of one position the two orders are the same bytes. */
function channelsFirst(x: tf.Tensor4D): tf.Tensor {
  return x.shape[1] * x.shape[2] === 1 ? x : tf.transpose(x, [0, 3, 1, 2]);
}

function channelsLast(x: tf.Tensor, shape: [number, number, number, number]): tf.Tensor {
  return tf.transpose(tf.reshape(x, shape), [0, 2, 3, 1]);
}
