/**
 * How a weight lies in memory while it is trained: in the order in which products read it fastest. PyTorch's order
 * comes back when weights are read.
 */
import { permuteAxes } from '../../../linalg/kernel-matrix.ts';

export interface StoredLayout {
  /** Of the matrix or vector in the graph. */
  readonly shape: readonly number[];
  /** Extents of PyTorch's array, and the order in which its axes are stored. Absent if the order is the same. */
  readonly axes?: { readonly extents: readonly number[]; readonly order: readonly number[] };
  /** The number of PyTorch's columns, next to each other, whose sum is a column of the matrix. Absent if it is one. */
  readonly copies?: number;
}

/** By the names of the weights. */
export type Layouts = ReadonlyMap<string, StoredLayout>;

export function vectorLayout(length: number): StoredLayout {
  return { shape: [length] };
}

export function matrixLayout(rows: number, columns: number, copies = 1): StoredLayout {
  return { shape: [rows, columns], ...(copies > 1 && { copies }) };
}

/** [rows, columns], stored as [columns, rows]. */
export function transposedLayout(rows: number, columns: number): StoredLayout {
  return { shape: [columns, rows], axes: { extents: [rows, columns], order: [1, 0] } };
}

/** A filter [out, in, taps], stored as [taps, in, out]: the columns of `layers/convolution.ts` times it. */
export function filterLayout(out: number, channels: number, taps: number): StoredLayout {
  const axes = { extents: [out, channels, taps], order: [2, 1, 0] };
  return { shape: [taps * channels, out], axes };
}

/** Writes PyTorch's array in the order of the layout into `stored`. */
export function store(data: Float32Array, { axes }: StoredLayout, stored: Float32Array): void {
  stored.set(axes ? permuteAxes(data, axes.extents, axes.order) : data);
}

/** A copy in PyTorch's order. */
export function restored(stored: Float32Array, { axes }: StoredLayout): Float32Array {
  if (!axes) return stored.slice();
  const { extents, order } = axes;
  const inverse = order.map((_, axis) => order.indexOf(axis));
  return permuteAxes(
    stored,
    order.map((axis) => extents[axis]!),
    inverse,
  );
}

/**
 * Moments are saved in the order in which the other forms have them: filters as they are stored here, and matrices as
 * in PyTorch.
 */
export function momentLayout(layout: StoredLayout): StoredLayout {
  return layout.axes?.extents.length === 2 ? layout : { shape: layout.shape };
}
