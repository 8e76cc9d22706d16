/** Converts Adam's moments between tensors and the arrays of a saved state. */
import * as tf from '@tensorflow/tfjs-core';

/** Zero, or the saved moments; one per value, in its shape. */
export function momentsOf(
  values: readonly tf.Tensor[],
  kept?: readonly Float32Array[],
): readonly tf.Tensor[] {
  return values.map(({ shape }, index) => {
    const data = kept?.[index];
    return data ? tf.tensor(data.slice(), [...shape]) : tf.zeros([...shape]);
  });
}

/** Copies, in the backend's layout. */
export function arraysOf(tensors: readonly tf.Tensor[]): Promise<readonly Float32Array[]> {
  return Promise.all(tensors.map(async (tensor) => (await tensor.data<'float32'>()).slice()));
}
