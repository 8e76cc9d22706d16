/**
 * A convolution with its bias (where it has one) and, where wanted, its ReLU, as one block.
 *
 * Maps are [batch, height, width, channels], filters [height, width, in, out]. The native kernels know
 * paddings by name alone, and 'same' at a stride pads other sides than PyTorch does; so a padding that
 * has no name is put around the map beforehand. The wasm backend lacks the gradient with respect to the
 * filter, and its gradient with respect to the input is a slow loop; both are composed here from plain
 * convolutions. Other backends use their own kernels.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Pair } from '../model/description.ts';
import { block, type Gradients } from './block.ts';
import { columnSums, reluGradient, withBias } from './dense.ts';
import { filled } from './heap.ts';
import { channelsAsBatch } from './transpose.ts';

export interface ConvolutionOptions extends Gradients {
  readonly stride: Pair;
  /** Zeros at both ends. */
  readonly padding: Pair;
  readonly relu: boolean;
}

/** A convolution by name of its padding: at stride 1, 'same' is half of the filter, which is odd. */
interface Window {
  readonly stride: Pair;
  readonly pad: 'same' | 'valid';
}

type Shape4D = [number, number, number, number];

export function convolution(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias: tf.Tensor1D | undefined,
  options: ConvolutionOptions,
): tf.Tensor4D {
  const { stride, relu, inputGradient, weightGradient = true } = options;
  const pad = padOf(filter.shape, options);
  const window: Window = { stride, pad: pad ?? 'valid' };
  const bordered = (map: tf.Tensor4D) => (pad ? map : withBorder(map, options.padding));
  const trained = [filter, ...(bias ? [bias] : [])];
  return block({
    differentiate: [...(inputGradient ? [x] : []), ...(weightGradient ? trained : [])],
    forward: () => {
      const strides: [number, number] = [...stride];
      if (tf.getBackend() === 'tensorflow') {
        const product = tf.conv2d(bordered(x), filter, strides, window.pad);
        const sum = bias ? withBias(product, bias) : product;
        return relu ? tf.relu(sum) : sum;
      }
      const activation = relu ? 'relu' : 'linear';
      const options = { strides, pad: window.pad, activation, ...(bias && { bias }) } as const;
      return tf.fused.conv2d({ x: bordered(x), filter, ...options }) as tf.Tensor4D;
    },
    keep: (y) => [x, filter, y] as const,
    backward: (dy, [input, weight, y]) => {
      const error = relu ? reluGradient(dy, y) : dy;
      const map = bordered(input);
      const ofWeight = () => [
        gradientOfFilter(map, error, weight.shape, window),
        ...(bias ? [columnSums(tf.reshape(error, [-1, weight.shape[3]]))] : []),
      ];
      const ofInput = () => {
        const gradient = gradientOfInput(map.shape, error, weight, window);
        return pad ? gradient : withoutBorder(gradient, options.padding);
      };
      return [...(inputGradient ? [ofInput()] : []), ...(weightGradient ? ofWeight() : [])];
    },
  });
}

/** Undefined where the padding has no name. */
function padOf(
  [height, width]: Shape4D,
  { stride, padding }: Pick<ConvolutionOptions, 'stride' | 'padding'>,
): Window['pad'] | undefined {
  const [vertical, horizontal] = padding;
  if (vertical === 0 && horizontal === 0) return 'valid';
  const half = 2 * vertical === height - 1 && 2 * horizontal === width - 1;
  return half && stride[0] === 1 && stride[1] === 1 ? 'same' : undefined;
}

function withBorder(map: tf.Tensor4D, [vertical, horizontal]: Pair): tf.Tensor4D {
  return tf.pad(map, [
    [0, 0],
    [vertical, vertical],
    [horizontal, horizontal],
    [0, 0],
  ]);
}

function withoutBorder(map: tf.Tensor4D, [vertical, horizontal]: Pair): tf.Tensor4D {
  const [batch, height, width, channels] = map.shape;
  const inside: Shape4D = [batch, height - 2 * vertical, width - 2 * horizontal, channels];
  return tf.slice(map, [0, vertical, horizontal, 0], inside);
}

/**
 * The filter's gradient correlates the input with the error over batch and positions: a convolution
 * in which channels are the batch, the batch is the channels, and the error is a dilated filter.
 */
function gradientOfFilter(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: Shape4D,
  { stride, pad }: Window,
): tf.Tensor4D {
  if (tf.getBackend() !== 'wasm') {
    const attributes = { ...attributesOf({ stride, pad }), filterShape };
    return runKernel('Conv2DBackpropFilter', { x, dy }, attributes);
  }
  const [height, width, channels, filters] = filterShape;
  const images = channelsAsBatch(x);
  const [batch, rows, columns] = dy.shape;
  const errors = tf.reshape(
    tf.transpose(tf.reshape(dy, [batch, rows * columns, filters]), [1, 0, 2]),
    [rows, columns, batch, filters],
  );
  const sides = pad === 'same' ? [(height - 1) / 2, (width - 1) / 2] : [0, 0];
  const correlated = tf.conv2d(
    images,
    errors as tf.Tensor4D,
    1,
    around(sides[0]!, sides[1]!),
    'NHWC',
    [...stride],
  );
  // Where the stride leaves input rows or columns unused, there are offsets beyond the filter.
  const offsets = tf.slice(correlated, [0, 0, 0, 0], [channels, height, width, filters]);
  return tf.transpose(offsets, [1, 2, 0, 3]);
}

/** The error, spread out to stride 1, convolved with the filter turned by half a turn. */
function gradientOfInput(
  inputShape: Shape4D,
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  { stride, pad }: Window,
): tf.Tensor4D {
  if (tf.getBackend() !== 'wasm') {
    const attributes = { ...attributesOf({ stride, pad }), inputShape };
    return runKernel('Conv2DBackpropInput', { dy, filter }, attributes);
  }
  const [height, width] = filter.shape;
  const shaped = turnedFilter(filter);
  const [rows, columns] =
    pad === 'same' ? [(height - 1) / 2, (width - 1) / 2] : [height - 1, width - 1];
  const gradient = tf.conv2d(spread(dy, stride), shaped, 1, around(rows, columns));
  if (stride[0] === 1 && stride[1] === 1) return gradient;
  // At least as large as the input, as what the stride leaves unused is less than a stride.
  return tf.slice(gradient, [0, 0, 0, 0], inputShape);
}

/** By half a turn, and with its channels exchanged: [height, width, out, in]. Only on wasm. */
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

/** Zeros behind each position, such that there are `stride` times as many. */
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

/** Spelled out, as tfjs takes a single number to mean a filter with equal sides. */
function around(vertical: number, horizontal: number): tf.backend_util.ExplicitPadding {
  return [
    [0, 0],
    [vertical, vertical],
    [horizontal, horizontal],
    [0, 0],
  ];
}

function attributesOf({ stride, pad }: Window) {
  return { strides: [...stride], pad, dataFormat: 'NHWC', dimRoundingMode: undefined };
}

function runKernel(
  kernel: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attributes: Readonly<Record<string, unknown>>,
): tf.Tensor4D {
  return tf.engine().runKernel(kernel, { ...inputs }, attributes as tf.NamedAttrMap);
}
