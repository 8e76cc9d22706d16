/** Batches of samples as tensors: the one way from the data sets' arrays to the backend. */
import * as tf from '@tensorflow/tfjs-core';
import type { Samples } from '../datasets/samples.ts';
import { sizeOf } from './model/description.ts';

export interface Batches {
  /** Of one sample. */
  readonly shape: readonly number[];
  readonly classes: number;
  /**
   * The samples at `indices`, shaped [rows, ...shape]: zeros after the last, where more rows are asked for than there
   * are samples. The caller disposes of it.
   */
  readonly tensor: (indices: Uint32Array, rows?: number) => tf.Tensor;
  /**
   * Their classes, [rows, classes]: in each row 1/n at the class of one of the n samples, and zeros in those after
   * them. As many rows as samples, unless more are asked for; the caller disposes of it.
   */
  readonly truth: (indices: Uint32Array, rows?: number) => tf.Tensor2D;
}

/** Batches of `samples` whose elements are seen as `shape`; throws where the sizes differ. */
export function batchesOf(samples: Samples, shape: readonly number[]): Batches {
  const size = sizeOf(shape);
  if (sizeOf(samples.shape) !== size) {
    throw new Error(
      `samples are [${samples.shape.join()}], but the network takes [${shape.join()}]`,
    );
  }
  const { classes, labels } = samples;
  return {
    shape,
    classes,
    tensor: (indices, rows = indices.length) => {
      const values = new Float32Array(rows * size);
      samples.fill(indices, values);
      return tf.tensor(values, [rows, ...shape]);
    },
    truth: (indices, rows = indices.length) => {
      const values = new Float32Array(rows * classes);
      indices.forEach((index, row) => {
        values[row * classes + labels[index]!] = 1 / indices.length;
      });
      return tf.tensor2d(values, [rows, classes]);
    },
  };
}

/** The indices `start` up to `end` in steps of `size`, in order. */
export function* inOrder(count: number, size: number): Generator<Uint32Array> {
  for (let start = 0; start < count; start += size) {
    const indices = new Uint32Array(Math.min(size, count - start));
    for (let i = 0; i < indices.length; i++) indices[i] = start + i;
    yield indices;
  }
}
