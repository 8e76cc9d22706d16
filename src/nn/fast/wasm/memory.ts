/** Tensors in the wasm backend's memory, for loops that are faster than its kernels. Only on that backend. */
import * as tf from '@tensorflow/tfjs-core';

/** The functions of the wasm backend beyond tfjs's interface. */
interface HeapBackend {
  makeOutput(shape: readonly number[], dtype: 'float32'): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array;
}

/** A new tensor whose content is undefined. */
export function unfilled(shape: readonly number[]): tf.TensorInfo {
  return (tf.backend() as unknown as HeapBackend).makeOutput(shape, 'float32');
}

export function asTensor<T extends tf.Tensor>(info: tf.TensorInfo): T {
  return tf.engine().makeTensorFromTensorInfo(info) as T;
}

/** The elements of float32 tensors, not copied. Valid until the next tensor is made. */
export function onHeap(...tensors: readonly tf.TensorInfo[]): Float32Array[] {
  const backend = tf.backend() as unknown as HeapBackend;
  return tensors.map((tensor) => backend.typedArrayFromHeap(tensor));
}

/**
 * A new tensor that `fill` must write completely: it gets the elements, and then those of `inputs`. The content is
 * undefined before.
 */
export function filled<T extends tf.Tensor>(
  shape: readonly number[],
  inputs: readonly tf.Tensor[],
  fill: (out: Float32Array, ...inputs: Float32Array[]) => void,
): T {
  const output = unfilled(shape);
  const [out, ...given] = onHeap(output, ...inputs);
  fill(out!, ...given);
  return asTensor<T>(output);
}
