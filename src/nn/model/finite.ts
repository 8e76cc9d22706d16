/** Numbers that are not finite (NaN and infinities) in weights and in results computed with them. */

import type { Weights } from './weights.ts';

export interface NotFinite {
  /** The name of the array. */
  readonly name: string;
  /** The first such entry, as an index on each axis. */
  readonly place: readonly number[];
  readonly value: number;
  /** The number of entries that are not finite. */
  readonly count: number;
}

/** Results of a network that are not finite. */
export interface Overflow {
  /** The number of affected samples, the number of all samples, and the first affected one. */
  readonly samples: number;
  readonly of: number;
  readonly first: number;
  /** The first layer whose output is not finite: its name, or its kind and the layer before it if it has no name. */
  readonly layer: string;
  /** The entry of that output, and its value. */
  readonly entry: number;
  readonly value: number;
}

/** A network computed numbers that are not finite. Nothing computed with them means anything. */
export class OverflowError extends Error {
  readonly overflow: Overflow;

  constructor(overflow: Overflow) {
    super(`${overflow.layer} gives ${overflow.value}`);
    this.name = 'OverflowError';
    this.overflow = overflow;
  }
}

/** The first entry that is not finite, in the first array that has one. */
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
    // The difference is NaN for NaN and for infinities.
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
