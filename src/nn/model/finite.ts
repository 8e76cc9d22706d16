/** Numbers that are not finite (NaN and infinities) in weights and in results computed with them. */

import type { Weights } from './weights.ts';

export interface NotFinite {
  /** Of the array. */
  readonly name: string;
  /** The first such entry, as its place on each axis. */
  readonly place: readonly number[];
  readonly value: number;
  /** How many entries are not finite. */
  readonly count: number;
}

/** What a network did to samples. */
export interface Overflow {
  /** How many samples of how many, and the first of them. */
  readonly samples: number;
  readonly of: number;
  readonly first: number;
  /** The first layer whose output is not finite: its name, or its kind and the one before where it has none. */
  readonly layer: string;
  /** The entry of that output, and its value. */
  readonly entry: number;
  readonly value: number;
}

/** Thrown where a network makes numbers that are not finite: nothing that is computed with them means anything. */
export class OverflowError extends Error {
  readonly overflow: Overflow;

  constructor(overflow: Overflow) {
    super(`${overflow.layer} gives ${overflow.value}`);
    this.name = 'OverflowError';
    this.overflow = overflow;
  }
}

/** In the first array that has such an entry. */
export function notFiniteIn(weights: Weights): NotFinite | undefined {
  for (const [name, { shape, data }] of weights) {
    const first = firstNotFinite(data);
    if (first < 0) continue;
    const count = data.reduce((sum, value) => sum + +!Number.isFinite(value), 0);
    return { name, place: placeIn(shape, first), value: data[first]!, count };
  }
  return undefined;
}

/** The index of the first entry that is not finite, or -1. */
export function firstNotFinite(data: Float32Array | Float64Array): number {
  for (let i = 0; i < data.length; i++) {
    // Of NaN and the infinities, the difference is NaN.
    if (data[i]! - data[i]! !== 0) return i;
  }
  return -1;
}

function placeIn(shape: readonly number[], index: number): readonly number[] {
  let rest = index;
  return shape
    .toReversed()
    .map((extent) => {
      const at = rest % extent;
      rest = Math.floor(rest / extent);
      return at;
    })
    .reverse();
}
