/**
 * The gradient of a convolution with respect to its input, as a convolution: of the error, dilated to stride 1, with
 * the filter rotated by 180 degrees. The backend's own kernel is a slow loop.
 */
import * as tf from '@tensorflow/tfjs-core';
import { around, type Shape4D, type Window } from '../../kernels/window.ts';
import type { Pair } from '../../model/description.ts';
import { filled } from './memory.ts';

export function wasmGradientOfInput(
  inputShape: Shape4D,
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  { stride, pad }: Window,
): tf.Tensor4D {
  const [height, width] = filter.shape;
  const turned = turnedFilter(filter);
  const [rows, columns] =
    pad === 'same' ? [(height - 1) / 2, (width - 1) / 2] : [height - 1, width - 1];
  const gradient = tf.conv2d(spread(dy, stride), turned, 1, around(rows, columns));
  if (stride[0] === 1 && stride[1] === 1) return gradient;
  // At least as large as the input, because fewer positions than one stride are unused.
  return tf.slice(gradient, [0, 0, 0, 0], inputShape);
}

/** Rotated by 180 degrees, with its channels exchanged: [height, width, out, in]. */
function turnedFilter(filter: tf.Tensor4D): tf.Tensor4D {
  const [height, width, channels, filters] = filter.shape;
  const taps = height * width;
  const size = channels * filters;
  return filled([height, width, filters, channels], [filter], (out, values) => {
    for (let tap = 0; tap < taps; tap++) {
      const [from, to] = [tap * size, (taps - 1 - tap) * size];
      for (let i = 0; i < channels; i++) {
        for (let j = 0; j < filters; j++) {
          out[to + j * channels + i] = values![from + i * filters + j]!;
        }
      }
    }
  });
}

/** Inserts zeros after each position, so that there are `stride` times as many. */
function spread(map: tf.Tensor4D, [vertical, horizontal]: Pair): tf.Tensor4D {
  const [batch, height, width, channels] = map.shape;
  const wide = padRows(tf.reshape(map, [batch * height * width, 1, channels]), horizontal);
  const tall = padRows(
    tf.reshape(wide, [batch * height, 1, width * horizontal * channels]),
    vertical,
  );
  return tf.reshape(tall, [batch, height * vertical, width * horizontal, channels]);
}

/** [n, 1, length] to [n, rows, length]. */
function padRows(rows: tf.Tensor3D, count: number): tf.Tensor3D {
  if (count === 1) return rows;
  return tf.concat([rows, tf.zeros([rows.shape[0], count - 1, rows.shape[2]])], 1);
}
