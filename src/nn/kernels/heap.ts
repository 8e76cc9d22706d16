/**
 * The wasm backend's memory, for what a loop over it does faster than that backend's own kernels, or in
 * less memory. Only on that backend.
 */
import * as tf from '@tensorflow/tfjs-core';

/** What the wasm backend offers beyond tfjs. */
interface HeapBackend {
  makeOutput(shape: readonly number[], dtype: 'float32'): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array;
}

/** The elements of float32 tensors where they lie. Valid until the next tensor is made. */
export function onHeap(...tensors: readonly tf.TensorInfo[]): Float32Array[] {
  const backend = tf.backend() as unknown as HeapBackend;
  return tensors.map((tensor) => backend.typedArrayFromHeap(tensor));
}

/**
 * A new tensor that `fill` writes all of: it gets the elements, and then those of `inputs`. What was in
 * that memory before is still there.
 */
export function filled<T extends tf.Tensor>(
  shape: readonly number[],
  inputs: readonly tf.Tensor[],
  fill: (out: Float32Array, ...inputs: Float32Array[]) => void,
): T {
  const output = (tf.backend() as unknown as HeapBackend).makeOutput(shape, 'float32');
  const [out, ...given] = onHeap(output, ...inputs);
  fill(out!, ...given);
  return tf.engine().makeTensorFromTensorInfo(output) as T;
}
