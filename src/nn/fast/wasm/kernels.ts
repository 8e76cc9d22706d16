/** Loops over the backend's memory for its slow operations: sums over rows, gradients of ReLU and max pooling. */
import type * as tf from '@tensorflow/tfjs-core';
import { asTensor, filled, onHeap, unfilled } from './memory.ts';
import { addressOf, simd } from './simd.ts';

export function reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor | undefined {
  const loops = dy.size % 4 === 0 ? simd() : undefined;
  if (!loops) return undefined;
  const output = unfilled(dy.shape);
  loops.reluGradient(4 * dy.size, addressOf(output), addressOf(dy), addressOf(y));
  return asTensor(output);
}

/**
 * Sums over the rows. The backend sums over a leading axis only after a transposition, and a product with ones packs
 * its right factor first.
 */
export function columnSums(rows: tf.Tensor): tf.Tensor1D {
  const columns = rows.shape[1]!;
  const loops = columns % 4 === 0 ? simd() : undefined;
  if (loops) return blockwiseSums(rows, loops);
  return filled([columns], [rows], (out, values) => {
    const sums = new Float64Array(columns);
    for (let at = 0; at < values!.length; at += columns) {
      for (let j = 0; j < columns; j++) sums[j]! += values![at + j]!;
    }
    out.set(sums);
  });
}

/** Each block of rows is summed in single precision, and the blocks in double precision. */
function blockwiseSums(rows: tf.Tensor, loops: NonNullable<ReturnType<typeof simd>>): tf.Tensor1D {
  const [count, columns] = rows.shape as [number, number];
  const sums = new Float64Array(columns);
  const output = unfilled([columns]);
  const [out] = onHeap(output);
  const [to, from, length] = [addressOf(output), addressOf(rows), 4 * columns];
  for (let row = 0; row < count; row += BLOCK) {
    loops.sumRows(length, to, from + row * length, Math.min(BLOCK, count - row));
    for (let j = 0; j < columns; j++) sums[j]! += out![j]!;
  }
  out!.set(sums);
  return asTensor(output);
}

const BLOCK = 64;

/** The backend's own kernel is several times as slow, and ignores windows without a positive value. */
export function maxPoolGradient(
  dy: tf.Tensor4D,
  input: tf.Tensor4D,
  size: number,
  stride: number,
): tf.Tensor {
  const [batch, rows, columns, channels] = dy.shape;
  const [, height, width] = input.shape;
  const loops = size === 2 && stride === 2 && channels % 4 === 0 ? simd() : undefined;
  if (loops) {
    const output = unfilled(input.shape);
    // No window reaches the last row or column of an odd side.
    if (height % 2 === 1 || width % 2 === 1) onHeap(output)[0]!.fill(0);
    const [out, error, value] = [addressOf(output), addressOf(dy), addressOf(input)];
    const [line, strip] = [4 * width * channels, 4 * columns * channels];
    for (let image = 0; image < batch; image++) {
      for (let row = 0; row < rows; row++) {
        const at = (image * height + 2 * row) * line;
        const from = error + (image * rows + row) * strip;
        loops.poolGradient(out + at, from, value + at, columns, 4 * channels, line);
      }
    }
    return asTensor(output);
  }
  return filled(input.shape, [dy, input], (out, error, value) => {
    out.fill(0);
    let from = 0;
    for (let image = 0; image < batch; image++) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const corner = ((image * height + row * stride) * width + column * stride) * channels;
          for (let channel = 0; channel < channels; channel++) {
            let best = corner + channel;
            for (let i = 0; i < size; i++) {
              let at = corner + channel + i * width * channels;
              for (let j = 0; j < size; j++, at += channels)
                if (value![at]! > value![best]!) best = at;
            }
            out[best]! += error![from++]!;
          }
        }
      }
    }
  });
}
