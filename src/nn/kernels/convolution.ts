/**
 * A convolution with its bias (if it has one) and, if requested, its ReLU, as one block.
 *
 * Maps are [batch, height, width, channels], filters [height, width, in, out]. The native kernels know paddings only by
 * name, and 'same' with a stride pads other sides than PyTorch does. So a padding without a name is added to the map
 * beforehand. A backend without a kernel for the gradient with respect to the filter (wasm) computes it by a
 * convolution.
 */
import * as tf from '@tensorflow/tfjs-core';
import { fastConvolve, fastGradientOfInput } from '../fast-forms.ts';
import type { Pair } from '../model/description.ts';
import { block, type Gradients } from './block.ts';
import { columnSums, reluGradient } from './dense.ts';
import { channelsAsBatch } from './transpose.ts';
import { around, type Shape4D, type Window } from './window.ts';

export interface ConvolutionOptions extends Gradients {
  readonly stride: Pair;
  /** Zeros at both ends. */
  readonly padding: Pair;
  readonly relu: boolean;
}

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
      const map = bordered(x);
      const fast = fastConvolve[tf.getBackend()];
      if (fast) return fast(map, filter, bias, { ...window, relu });
      const strides: [number, number] = [...stride];
      const activation = relu ? 'relu' : 'linear';
      const options = { strides, pad: window.pad, activation, ...(bias && { bias }) } as const;
      return tf.fused.conv2d({ x: map, filter, ...options }) as tf.Tensor4D;
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

/** Undefined if the padding has no name. */
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
 * The gradient of the filter correlates the input with the error over batch and positions. This is a convolution in
 * which channels and batch are exchanged, and the error is a dilated filter.
 */
function gradientOfFilter(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: Shape4D,
  { stride, pad }: Window,
): tf.Tensor4D {
  if (tf.getKernel(tf.Conv2DBackpropFilter, tf.getBackend())) {
    const attributes = { ...attributesOf({ stride, pad }), filterShape };
    return runKernel(tf.Conv2DBackpropFilter, { x, dy }, attributes);
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
  // If the stride leaves input rows or columns unused, there are offsets beyond the filter.
  const offsets = tf.slice(correlated, [0, 0, 0, 0], [channels, height, width, filters]);
  return tf.transpose(offsets, [1, 2, 0, 3]);
}

function gradientOfInput(
  inputShape: Shape4D,
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  window: Window,
): tf.Tensor4D {
  const fast = fastGradientOfInput[tf.getBackend()];
  if (fast) return fast(inputShape, dy, filter, window);
  const attributes = { ...attributesOf(window), inputShape };
  return runKernel(tf.Conv2DBackpropInput, { dy, filter }, attributes);
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
