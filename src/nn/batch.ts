/** Batches of samples as tensors: the one way from the data sets' arrays to the backend. */
import * as tf from '@tensorflow/tfjs-core';
import type { Samples } from '../datasets/samples.ts';
import { sizeOf } from './model/description.ts';

export interface Batches {
  /** The samples at `indices`, shaped [indices.length, ...shape]; the caller disposes of it. */
  readonly tensor: (indices: Uint32Array) => tf.Tensor;
  /** Their classes as one-hot rows, [indices.length, classes]; the caller disposes of it. */
  readonly truth: (indices: Uint32Array) => tf.Tensor2D;
}

/** Batches of `samples` whose elements are seen as `shape`; throws where the sizes differ. */
export function batchesOf(samples: Samples, shape: readonly number[]): Batches {
  const size = sizeOf(shape);
  if (sizeOf(samples.shape) !== size) {
    throw new Error(
      `samples are [${samples.shape.join()}], but the network takes [${shape.join()}]`,
    );
  }
  return {
    tensor: (indices) => {
      const values = new Float32Array(indices.length * size);
      samples.fill(indices, values);
      return tf.tensor(values, [indices.length, ...shape]);
    },
    truth: (indices) => {
      const { classes, labels } = samples;
      const rows = new Float32Array(indices.length * classes);
      indices.forEach((index, row) => {
        rows[row * classes + labels[index]!] = 1;
      });
      return tf.tensor2d(rows, [indices.length, classes]);
    },
  };
}

/** The indices `start` up to `end` in steps of `size`, in order. */
export function* inOrder(count: number, size: number): Generator<Uint32Array> {
  for (let start = 0; start < count; start += size) {
    yield Uint32Array.from({ length: Math.min(size, count - start) }, (_, i) => start + i);
  }
}
