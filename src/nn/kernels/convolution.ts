/**
 * A convolution with its bias and, where wanted, its ReLU, as one block.
 *
 * Maps are [batch, height, width, channels], filters [kernel, kernel, in, out]. The wasm backend lacks
 * the gradient with respect to the filter, and its gradient with respect to the input is a slow loop;
 * both are composed here from plain convolutions. Other backends use their own kernels.
 */
import * as tf from '@tensorflow/tfjs-core';
import { block } from './block.ts';
import { columnSums, reluGradient } from './dense.ts';

export interface ConvolutionOptions {
  readonly stride: number;
  readonly padding: number;
  readonly relu: boolean;
  /** False for the first layer of what is trained: nobody needs the gradient of its input. */
  readonly inputGradient: boolean;
}

export function convolution(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias: tf.Tensor1D,
  options: ConvolutionOptions,
): tf.Tensor4D {
  const { stride, relu } = options;
  return block({
    differentiate: options.inputGradient ? [x, filter, bias] : [filter, bias],
    forward: () =>
      tf.fused.conv2d({
        x,
        filter,
        bias,
        strides: stride,
        pad: padOf(filter.shape, options),
        activation: relu ? 'relu' : 'linear',
      }) as tf.Tensor4D,
    keep: (y) => [x, filter, y] as const,
    backward: (dy, [input, weight, y]) => {
      const error = relu ? reluGradient(dy, y) : dy;
      const ofFilter = filterGradient(input, error, weight.shape, options);
      const ofBias = columnSums(tf.reshape(error, [-1, weight.shape[3]]));
      if (!options.inputGradient) return [ofFilter, ofBias];
      return [inputGradient(input.shape, error, weight, options), ofFilter, ofBias];
    },
  });
}

type Pad = number | 'same' | 'valid';

/** By name where it has one: TensorFlow's own kernels know no other. */
function padOf(
  [height, width]: readonly [number, number, number, number],
  { stride, padding }: Pick<ConvolutionOptions, 'stride' | 'padding'>,
): Pad {
  if (padding === 0) return 'valid';
  const whole = stride === 1 && height === width && 2 * padding === height - 1;
  return whole ? 'same' : padding;
}

/**
 * The filter's gradient correlates the input with the error over batch and positions: a convolution
 * in which channels are the batch, the batch is the channels, and the error is a dilated filter.
 */
function filterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  [height, width, channels, filters]: [number, number, number, number],
  { stride, padding }: ConvolutionOptions,
): tf.Tensor4D {
  if (tf.getBackend() !== 'wasm') {
    const shape: [number, number, number, number] = [height, width, channels, filters];
    return nativeFilterGradient(x, dy, shape, stride, padOf(shape, { stride, padding }));
  }
  const images = tf.transpose(x, [3, 1, 2, 0]);
  const [batch, rows, columns] = dy.shape;
  const errors = tf.reshape(
    tf.transpose(tf.reshape(dy, [batch, rows * columns, filters]), [1, 0, 2]),
    [rows, columns, batch, filters],
  );
  // Spelled out side by side, as tfjs takes a single number to mean a filter with equal sides.
  const sides: [number, number] = [padding, padding];
  const correlated = tf.conv2d(
    images as tf.Tensor4D,
    errors as tf.Tensor4D,
    1,
    [[0, 0], sides, sides, [0, 0]],
    'NHWC',
    stride,
  );
  // Where the stride leaves input rows or columns unused, there are offsets beyond the filter.
  const offsets = tf.slice(correlated, [0, 0, 0, 0], [channels, height, width, filters]);
  return tf.transpose(offsets, [1, 2, 0, 3]);
}

/** The error convolved with the filter turned by half a turn; defined for stride 1. */
function inputGradient(
  shape: [number, number, number, number],
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  { stride, padding }: ConvolutionOptions,
): tf.Tensor4D {
  const [height, width, channels, filters] = filter.shape;
  if (tf.getBackend() !== 'wasm' || stride !== 1 || height !== width || padding >= height) {
    return nativeInputGradient(shape, dy, filter, stride, padOf(filter.shape, { stride, padding }));
  }
  const taps = tf.transpose(tf.reshape(filter, [height * width, channels, filters]), [0, 2, 1]);
  // Split and concatenated because wasm's own reverse goes element by element: 4 ms against 0.3.
  const turned = tf.concat(tf.split(taps, height * width).reverse());
  const shaped = tf.reshape(turned, [height, width, filters, channels]) as tf.Tensor4D;
  return tf.conv2d(dy, shaped, 1, height - 1 - padding);
}

function nativeFilterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: [number, number, number, number],
  strides: number,
  pad: Pad,
): tf.Tensor4D {
  const attributes = { strides, pad, dataFormat: 'NHWC', dimRoundingMode: undefined, filterShape };
  return runKernel('Conv2DBackpropFilter', { x, dy }, attributes);
}

function nativeInputGradient(
  inputShape: [number, number, number, number],
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  strides: number,
  pad: Pad,
): tf.Tensor4D {
  const attributes = { strides, pad, dataFormat: 'NHWC', dimRoundingMode: undefined, inputShape };
  return runKernel('Conv2DBackpropInput', { dy, filter }, attributes);
}

function runKernel(
  kernel: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attributes: Readonly<Record<string, unknown>>,
): tf.Tensor4D {
  return tf.engine().runKernel(kernel, { ...inputs }, attributes as tf.NamedAttrMap);
}
