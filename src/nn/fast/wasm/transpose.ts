/** Transposes in blocks (`simd.wat`). The backend's own kernel takes several times as long per number. */
import type * as tf from '@tensorflow/tfjs-core';
import { asTensor, unfilled } from './memory.ts';
import { addressOf, simd } from './simd.ts';

export function wasmTransposed(x: tf.Tensor2D): tf.Tensor2D | undefined {
  const loops = simd();
  if (!loops) return undefined;
  const [rows, columns] = x.shape;
  const output = unfilled([columns, rows]);
  loops.transpose(addressOf(output), addressOf(x), rows, columns, 4 * columns, 4 * rows);
  return asTensor(output);
}

export function wasmChannelsAsBatch(x: tf.Tensor4D): tf.Tensor4D | undefined {
  const [batch, height, width, channels] = x.shape;
  // A block has four channels.
  const loops = channels >= 4 ? simd() : undefined;
  if (!loops) return undefined;
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
