/**
 * Max-pooling; average pooling to a fixed side, flattened in PyTorch's order; the shortcut for 1x1
 * maps.
 *
 * In the average pool, cell i of `size` cells over `extent` averages positions floor(i extent / size) up to
 * ceil((i + 1) extent / size), so cells overlap where the sides don't divide, and repeat a position
 * where the map is smaller than the pool. That is a linear map of positions: one matrix product.
 */
import * as tf from '@tensorflow/tfjs-core';
import { block } from './block.ts';
import { asTensor, filled, onHeap, unfilled } from './heap.ts';
import { addressOf, simd } from './simd.ts';

/**
 * Differentiable only for values that aren't negative, as behind a ReLU. Of equal values in a window the
 * first one has the gradient, row by row, as in PyTorch.
 */
export function maxPool(x: tf.Tensor4D, filterSize: number, strides: number): tf.Tensor4D {
  return block({
    differentiate: [x],
    forward: () => tf.maxPool(x, filterSize, strides, 'valid'),
    keep: (y) => [x, y] as const,
    backward: (dy, [input, output]) => {
      // wasm's own is several times as slow, and drops windows without a positive value.
      if (tf.getBackend() === 'wasm') return [heapMaxPoolGradient(dy, input, filterSize, strides)];
      const attributes = { filterSize, strides, pad: 'valid' };
      return [tf.engine().runKernel('MaxPoolGrad', { dy, input, output }, attributes) as tf.Tensor];
    },
  });
}

function heapMaxPoolGradient(
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
    // A last row or column that no window reaches.
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

/** [batch, height, width, channels] to [batch, channels * size * size], a channel's cells together. */
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

/** [batch, height, width, channels] to [batch, channels * height * width], a channel together. */
export function flatten(x: tf.Tensor4D): tf.Tensor2D {
  const [batch, height, width, channels] = x.shape;
  return block({
    differentiate: [x],
    forward: () => tf.reshape(channelsFirst(x), [-1, channels * height * width]) as tf.Tensor2D,
    keep: () => [],
    backward: (dy) => [channelsLast(dy, [batch, channels, height, width])],
  });
}

/**
 * The weight [out, channels] that does to single values what `weight` [out, channels * copies] does
 * to `copies` equal ones a channel: the same layer at a fraction of the multiplications.
 */
export function foldCopies(weight: tf.Tensor2D, copies: number): tf.Tensor2D {
  const [out, inputs] = weight.shape;
  const channels = inputs / copies;
  return block({
    differentiate: [weight],
    forward: () => {
      const blocks = tf.reshape(weight, [out * channels, copies]);
      return tf.reshape(tf.sum(blocks, 1), [out, channels]) as tf.Tensor2D;
    },
    keep: () => [],
    backward: (dy) => [spreadCopies(dy, copies)],
  });
}

/** The gradient of `foldCopies`: each element `copies` times, side by side. */
export function spreadCopies(folded: tf.Tensor2D, copies: number): tf.Tensor2D {
  const [out, channels] = folded.shape;
  const column = tf.reshape(folded, [out * channels, 1]);
  return tf.reshape(tf.matMul(column, tf.ones([1, copies])), [out, channels * copies]);
}

/** For maps of one position the two orders are the same bytes. */
function channelsFirst(x: tf.Tensor4D): tf.Tensor {
  return x.shape[1] * x.shape[2] === 1 ? x : tf.transpose(x, [0, 3, 1, 2]);
}

function channelsLast(x: tf.Tensor, shape: [number, number, number, number]): tf.Tensor {
  return tf.transpose(tf.reshape(x, shape), [0, 2, 3, 1]);
}

/** How much each position counts in each cell, [position, cell] and transposed. */
function cellWeights(height: number, width: number, size: number) {
  const cells = size * size;
  const positions = height * width;
  const byPosition = new Float32Array(positions * cells);
  const byCell = new Float32Array(positions * cells);
  for (let cell = 0; cell < cells; cell++) {
    const rows = cellSpan(Math.floor(cell / size), size, height);
    const columns = cellSpan(cell % size, size, width);
    const weight = 1 / ((rows.end - rows.start) * (columns.end - columns.start));
    for (let row = rows.start; row < rows.end; row++) {
      for (let column = columns.start; column < columns.end; column++) {
        const position = row * width + column;
        byPosition[position * cells + cell] = weight;
        byCell[cell * positions + position] = weight;
      }
    }
  }
  return { byPosition, byCell };
}

function cellSpan(index: number, size: number, extent: number) {
  const start = Math.floor((index * extent) / size);
  return { start, end: Math.ceil(((index + 1) * extent) / size) };
}
