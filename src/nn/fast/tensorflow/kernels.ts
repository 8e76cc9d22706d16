/** TensorFlow operations by their names, where tfjs would use several. Only on the backend `tensorflow`. */
import * as tf from '@tensorflow/tfjs-core';
import type { Window } from '../../kernels/window.ts';
import { nativeBackend } from './backend.ts';

/** TensorFlow fuses an operation with this name with the product before it and the ReLU after it. */
export function withBias(x: tf.Tensor, bias: tf.Tensor1D): tf.Tensor {
  return native('BiasAdd', { T: 'float32', data_format: 'NHWC' }, [x, bias]);
}

/** tfjs's own `step` checks for NaNs first, and takes as long as the convolutions. */
export function reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return native('ReluGrad', { T: 'float32' }, [dy, y]);
}

/** Sums over the rows. */
export function columnSums(rows: tf.Tensor): tf.Tensor1D {
  return native('BiasAddGrad', { T: 'float32', data_format: 'NHWC' }, [rows]) as tf.Tensor1D;
}

/** A convolution with its bias and its ReLU, if it has them. */
export function convolve(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias: tf.Tensor1D | undefined,
  { stride, pad, relu }: Window & { readonly relu: boolean },
): tf.Tensor4D {
  const product = tf.conv2d(x, filter, [...stride], pad);
  const sum = (bias ? withBias(product, bias) : product) as tf.Tensor4D;
  return relu ? tf.relu(sum) : sum;
}

/** `float32`: the attribute's value is that type. */
type Attributes = Readonly<Record<string, 'float32' | string>>;

/** The first output of an operation. */
function native(
  operation: string,
  attributes: Attributes,
  inputs: readonly tf.Tensor[],
): tf.Tensor {
  const backend = nativeBackend();
  const { TF_ATTR_TYPE, TF_ATTR_STRING, TF_FLOAT } = backend.binding;
  const given = Object.entries(attributes).map(([name, value]) =>
    value === 'float32'
      ? { name, type: TF_ATTR_TYPE, value: TF_FLOAT }
      : { name, type: TF_ATTR_STRING, value },
  );
  return backend.executeMultipleOutputs(operation, given, inputs, 1)[0]!;
}
