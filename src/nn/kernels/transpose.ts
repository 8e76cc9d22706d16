/** Transposes. */
import * as tf from '@tensorflow/tfjs-core';
import { fastChannelsAsBatch, fastTransposed } from '../fast-forms.ts';

/** [rows, columns] to [columns, rows]. */
export function transposed(x: tf.Tensor2D): tf.Tensor2D {
  return fastTransposed[tf.getBackend()]?.(x) ?? tf.transpose(x);
}

/** The channels of a batch of maps as the batch: [batch, height, width, channels] to [channels, height, width, batch]. */
export function channelsAsBatch(x: tf.Tensor4D): tf.Tensor4D {
  return fastChannelsAsBatch[tf.getBackend()]?.(x) ?? tf.transpose(x, [3, 1, 2, 0]);
}
