/**
 * Seeded streams of random numbers, one per use. The same seed and names give the same numbers on every machine, and
 * streams with different names are independent for all practical purposes.
 *
 * Only IEEE additions, products, quotients and square roots are used (the last bit of `Math.log` depends on the
 * engine), so normals have the same bits too. Not for secrets.
 */

import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { naturalLog } from './natural-log.ts';

export interface RandomStream {
  /** Uniform in [0, 1), a multiple of 2^-53. */
  uniform(): number;
  /** Normal with mean 0 and variance 1. */
  normal(): number;
  /** Uniform in 0, 1, ..., n - 1, unbiased; n is a positive integer. */
  integer(n: number): number;
  /** A uniformly random order of 0, 1, ..., n - 1. */
  permutation(n: number): Uint32Array;
}

/** The stream of `seed` (a safe integer) for the use that `names` describe, such as ('train', 'shuffle', '3'). */
export function randomStream(seed: number, ...names: readonly string[]): RandomStream {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is a safe integer, not ${seed}`);
  // As JSON, ('ab', 'c') and ('a', 'bc') are distinct. Joined, they would be equal.
  const generator = xoroshiro128plusFromState(hash128(JSON.stringify([seed, ...names])));
  const uniform = () => uniformFloat64(generator);
  const integer = (n: number) => {
    if (!(Number.isSafeInteger(n) && n > 0)) throw new RangeError(`no integer below ${n}`);
    return uniformInt(generator, 0, n - 1);
  };
  return {
    uniform,
    normal: normals(uniform),
    integer,
    permutation: (n) => shuffled(n, integer),
  };
}

/**
 * 128 bits of a text: four FNV-1a lanes, each with its own offset and odd multiplier. Then MurmurHash3's mixer finishes
 * each over the running sum of the lanes (a bijection, so no bits are lost).
 */
function hash128(text: string): number[] {
  const lanes = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35];
  const multipliers = [0x01000193, 0x27d4eb2f, 0x165667b1, 0x2c1b3c6d];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    for (let lane = 0; lane < 4; lane++) {
      const mixed = Math.imul(lanes[lane]! ^ unit, multipliers[lane]!);
      lanes[lane] = mixed ^ (mixed >>> 15);
    }
  }
  let sum = text.length;
  const state = lanes.map((lane) => {
    sum = (sum + lane) | 0;
    return mix32(sum);
  });
  // The only forbidden state of the generator.
  return state.every((word) => word === 0) ? [1, 0, 0, 0] : state;
}

function mix32(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Marsaglia & Bray's polar method (SIAM Review 6, 1964): two normals from each accepted point. */
function normals(uniform: () => number): () => number {
  let spare = 0;
  let hasSpare = false;
  return () => {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    let x: number;
    let y: number;
    let s: number;
    do {
      x = 2 * uniform() - 1;
      y = 2 * uniform() - 1;
      s = x * x + y * y;
    } while (s >= 1 || s === 0);
    const scale = Math.sqrt((-2 * naturalLog(s)) / s);
    spare = y * scale;
    hasSpare = true;
    return x * scale;
  };
}

/** Fisher and Yates, from the inside out. */
function shuffled(n: number, integer: (n: number) => number): Uint32Array {
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    const j = integer(i + 1);
    order[i] = order[j]!;
    order[j] = i;
  }
  return order;
}
