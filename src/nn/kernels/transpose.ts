/** Transposes: on wasm by blocks of our own, where tfjs takes several times as long for each number. */
import * as tf from '@tensorflow/tfjs-core';
import { asTensor, unfilled } from './heap.ts';
import { addressOf, simd } from './simd.ts';

/** [rows, columns] to [columns, rows]. */
export function transposed(x: tf.Tensor2D): tf.Tensor2D {
  const loops = tf.getBackend() === 'wasm' ? simd() : undefined;
  if (!loops) return tf.transpose(x);
  const [rows, columns] = x.shape;
  const output = unfilled([columns, rows]);
  loops.transpose(addressOf(output), addressOf(x), rows, columns, 4 * columns, 4 * rows);
  return asTensor(output);
}

/** The channels of a batch of maps as the batch: [batch, height, width, channels] to [channels, height, width, batch]. */
export function channelsAsBatch(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  // Of fewer channels there is no block.
  const loops = tf.getBackend() === 'wasm' && channels >= 4 ? simd() : undefined;
  if (!loops) return tf.transpose(x, [3, 1, 2, 0]);
  const places = height * width;
  const output = unfilled([channels, height, width, batch]);
  const [to, from] = [addressOf(output), addressOf(x)];
  const [line, outLine] = [4 * places * channels, 4 * places * batch];
  for (let place = 0; place < places; place++) {
    const [out, begin] = [to + 4 * place * batch, from + 4 * place * channels];
    loops.transpose(out, begin, batch, channels, line, outLine);
  }
  return asTensor(output);
}
