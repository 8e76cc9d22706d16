/** Halves of a batch that a graph computes side by side. */

import { nativeBackend } from '../kernels/native.ts';
import { convolves, type Layer } from '../model/description.ts';

/** Rows of a batch. */
export interface Rows {
  readonly first: number;
  readonly count: number;
}

/**
 * All rows of a batch of `size`, in halves where that keeps two processors busier than two threads on one small map
 * do: for convolutions on a CPU. Products of dense layers are large enough.
 */
export function halvesOf(size: number, layers: readonly Layer[]): readonly Rows[] {
  if (!convolves(layers) || size < 2 || nativeBackend().isUsingGpuDevice)
    return [{ first: 0, count: size }];
  const half = Math.ceil(size / 2);
  return [
    { first: 0, count: half },
    { first: half, count: size - half },
  ];
}
