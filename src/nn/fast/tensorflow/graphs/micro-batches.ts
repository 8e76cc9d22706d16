/** Micro-batches: parts of a batch that a graph computes in parallel. */
import { convolves, type Layer } from '../../../model/description.ts';
import { nativeBackend } from '../backend.ts';

/** Rows of a batch. */
export interface Rows {
  readonly first: number;
  readonly count: number;
}

/**
 * Two halves of a batch of `size` for convolutions on a CPU, if that uses two processors better than two threads on
 * one small map do; otherwise one part. Products of dense layers are large enough for several threads.
 */
export function microBatches(size: number, layers: readonly Layer[]): readonly Rows[] {
  if (!convolves(layers) || size < 2 || nativeBackend().isUsingGpuDevice)
    return [{ first: 0, count: size }];
  const half = Math.ceil(size / 2);
  return [
    { first: 0, count: half },
    { first: half, count: size - half },
  ];
}
