/** Batches of samples as tensors: the only way from the arrays of data sets to the backend. */
import * as tf from '@tensorflow/tfjs-core';
import type { Samples } from '../datasets/samples.ts';
import { sizeOf } from './model/description.ts';

export interface Batches {
  /** The shape of one sample. */
  readonly shape: readonly number[];
  readonly classes: number;
  /** The samples at `indices` one after the other. Missing samples are filled up with zeros. */
  fill(indices: Uint32Array, out: Float32Array): void;
  /** The same for their classes, in the form of `truth`. */
  fillTruth(indices: Uint32Array, out: Float32Array): void;
  /** The samples at `indices`, shaped [rows, ...shape]. The caller disposes of the tensor. */
  readonly tensor: (indices: Uint32Array) => tf.Tensor;
  /**
   * Their classes, [rows, classes]: the row of each of the n samples has 1/n at its class. The caller disposes of it.
   */
  readonly truth: (indices: Uint32Array) => tf.Tensor2D;
}

/** Batches of `samples` whose elements are reshaped to `shape`; throws if the sizes differ. */
export function batchesOf(samples: Samples, shape: readonly number[]): Batches {
  const size = sizeOf(shape);
  if (sizeOf(samples.shape) !== size) {
    throw new Error(
      `samples are [${samples.shape.join()}], but the network takes [${shape.join()}]`,
    );
  }
  const { classes, labels } = samples;
  const fill: Batches['fill'] = (indices, out) => {
    samples.fill(indices, out);
    out.fill(0, indices.length * size);
  };
  const fillTruth: Batches['fillTruth'] = (indices, out) => {
    out.fill(0);
    indices.forEach((index, row) => {
      out[row * classes + labels[index]!] = 1 / indices.length;
    });
  };
  return {
    ...{ shape, classes, fill, fillTruth },
    tensor: (indices) => {
      const values = new Float32Array(indices.length * size);
      fill(indices, values);
      return tf.tensor(values, [indices.length, ...shape]);
    },
    truth: (indices) => {
      const values = new Float32Array(indices.length * classes);
      fillTruth(indices, values);
      return tf.tensor2d(values, [indices.length, classes]);
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
