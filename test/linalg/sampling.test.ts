import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/linalg/random.ts';
import { drawIndependently, drawWithReplacement } from '../../src/linalg/sampling.ts';
import { chiSquareExcess } from './test-matrices.ts';

const SIGMAS = 5;

describe('drawWithReplacement', () => {
  const weights = Float64Array.from({ length: 50 }, (_, j) => (j % 7 === 0 ? 0 : 1 + (j % 5)));

  it('draws by the weights, and never an index of weight zero', () => {
    const count = 100_000;
    const drawn = drawWithReplacement(weights, count, randomStream(1));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const counts = new Float64Array(50);
    for (const j of drawn) counts[j]!++;
    let chiSquare = 0;
    let freedom = -1;
    weights.forEach((weight, j) => {
      if (weight === 0) {
        expect(counts[j]).toBe(0);
      } else {
        const expected = (count * weight) / total;
        chiSquare += (counts[j]! - expected) ** 2 / expected;
        freedom++;
      }
    });
    expect(chiSquareExcess(chiSquare, freedom)).toBeLessThan(SIGMAS);
  });

  it('is sorted, with repeats', () => {
    const drawn = drawWithReplacement(weights, 60, randomStream(2));
    expect([...drawn]).toEqual([...drawn].sort((p, q) => p - q));
    expect(new Set(drawn).size).toBeLessThan(60);
  });

  it('allows zero weights, and a target that rounds up to the total', () => {
    const uniform = drawWithReplacement(new Float64Array(3), 300, randomStream(3));
    expect(new Set(uniform)).toEqual(new Set([0, 1, 2]));
    const always = { ...randomStream(4), uniform: () => 1 };
    expect([...drawWithReplacement(Float64Array.of(1, 2, 0, 0), 1, always)]).toEqual([1]);
  });
});

describe('drawIndependently', () => {
  it('includes each index with its probability, independently', () => {
    const probabilities = Float64Array.from({ length: 40 }, (_, j) => j / 30);
    const random = randomStream(5);
    const draws = 10_000;
    const counts = new Float64Array(40);
    const sizes: number[] = [];
    for (let t = 0; t < draws; t++) {
      const kept = drawIndependently(probabilities, random);
      for (const j of kept) counts[j]!++;
      sizes.push(kept.length);
    }
    const clipped = probabilities.map((p) => Math.min(1, p));
    let chiSquare = 0;
    clipped.forEach((p, j) => {
      if (p === 0 || p === 1) expect(counts[j]).toBe(draws * p);
      else chiSquare += (counts[j]! - draws * p) ** 2 / (draws * p * (1 - p));
    });
    expect(Math.abs(chiSquareExcess(chiSquare, 29))).toBeLessThan(SIGMAS);
    const mean = clipped.reduce((sum, p) => sum + p, 0);
    const variance = clipped.reduce((sum, p) => sum + p * (1 - p), 0);
    const average = sizes.reduce((sum, size) => sum + size, 0) / draws;
    expect(Math.abs(average - mean)).toBeLessThan(SIGMAS * Math.sqrt(variance / draws));
    const spread = sizes.reduce((sum, size) => sum + (size - mean) ** 2, 0) / draws;
    expect(spread / variance).toBeCloseTo(1, 1);
  });

  it('keeps the likeliest if nothing is drawn', () => {
    expect([...drawIndependently(Float64Array.of(0, 1e-300, 0), randomStream(6))]).toEqual([1]);
    expect([...drawIndependently(new Float64Array(4), randomStream(6))]).toEqual([0]);
  });
});
