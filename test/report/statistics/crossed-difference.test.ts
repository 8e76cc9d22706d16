import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/linalg/random.ts';
import {
  crossedDifference,
  type PairedDifferences,
} from '../../../src/report/statistics/crossed-difference.ts';
import { mcnemar } from './mcnemar.ts';

function unit(stratum: number, repetition: string, values: readonly number[]): PairedDifferences {
  return { stratum, repetition, values: Float64Array.from(values) };
}

describe('crossedDifference', () => {
  it('agrees with the two-way formula by hand', () => {
    // y_di of 2 repetitions on 4 images: row means 0.5 and 0.25, image means 1, 0.5, 0, 0.
    const { mean, standardError, repetitions } = crossedDifference([
      unit(2, 'a', [1, 1, 0, 0]),
      unit(2, 'b', [1, 0, 0, 0]),
    ]);
    const [imageSquares, repetitionSquares] = [0.6875, 0.03125];
    // Residuals are +-0.125, except for the second image, where they are +-0.375.
    const residual = (2 * (3 * 0.125 ** 2 + 0.375 ** 2)) / 3;
    const overImages = (imageSquares + 1) / 3 / 4;
    expect(mean).toBe(0.375);
    expect(standardError ** 2).toBeCloseTo(overImages + repetitionSquares / 2 - residual / 8, 12);
    expect(repetitions).toBe(2);
  });

  it('adds the deviations of a repetition at several rates', () => {
    const flat = (value: number) => Array.from({ length: 100 }, (_, i) => value * (i % 2));
    const together = crossedDifference([
      unit(2, 'a', flat(1)),
      unit(2, 'b', flat(-1)),
      unit(4, 'a', flat(1)),
      unit(4, 'b', flat(-1)),
    ]);
    const apart = crossedDifference([
      unit(2, 'a', flat(1)),
      unit(2, 'b', flat(-1)),
      unit(4, 'b', flat(1)),
      unit(4, 'a', flat(-1)),
    ]);
    expect(together.mean).toBe(0);
    expect(together.standardError).toBeGreaterThan(0.4);
    expect(apart.standardError).toBeLessThan(0.02);
  });

  it('weighs rates equally, for any numbers of draws', () => {
    const { mean } = crossedDifference([
      unit(2, 'a', [1, 1, 1, 0]),
      unit(4, 'a', [0, 0, 0, 0]),
      unit(4, 'b', [0, 0, 0, 0]),
      unit(4, 'c', [0, 0, 0, 0]),
    ]);
    expect(mean).toBe(0.375);
  });

  it.each([
    [3, 0],
    [12, 4],
    [30, 18],
    [60, 30],
    [20, 25],
    [400, 340],
  ])("agrees with McNemar's exact test for a single pair: %d against %d", (ahead, behind) => {
    const values = new Float64Array(10_000);
    values.fill(1, 0, ahead);
    values.fill(-1, ahead, ahead + behind);
    const { pAbove, pBelow } = crossedDifference([{ stratum: 2, repetition: 'null', values }]);
    expect(Math.abs(pAbove - mcnemar(ahead, behind))).toBeLessThan(0.008);
    expect(Math.abs(pBelow - mcnemar(behind, ahead))).toBeLessThan(0.008);
  });

  it('has an interval of positive width even if no image differs', () => {
    const { mean, lower, upper, pAbove } = crossedDifference([
      { stratum: 2, repetition: 'null', values: new Float64Array(1000) },
    ]);
    expect([mean, pAbove]).toEqual([0, 0.5]);
    expect(upper).toBeCloseTo(0.00196, 4);
    expect(lower).toBe(-upper);
  });
});

/**
 * Simulated networks: each image is correct with its own probability, and a draw shifts the probabilities of all
 * images. The shift of a draw is nearly the same at all rates. The truth is the mean over draws and images.
 */
function simulate(
  trial: number,
  effect: number,
  isShared: boolean,
  { draws = 8, ofImagesAlone = false } = {},
) {
  const random = randomStream(trial, 'simulated networks');
  const uniform = (): number => random.uniform();
  const [images, rates] = [250, 3];
  const ease = Array.from({ length: images }, () => 0.55 + 0.35 * uniform());
  const units: PairedDifferences[] = [];
  const svd = Array.from({ length: rates }, () => ease.map((p) => Number(uniform() < p)));
  const shifts = Array.from({ length: draws }, () => 0.2 * (uniform() - 0.5));
  for (let draw = 0; draw < draws; draw += 1) {
    for (let rate = 0; rate < rates; rate += 1) {
      const shift = effect + (isShared ? shifts[draw]! : 0.2 * (uniform() - 0.5));
      const values = ease.map((p, i) => Number(uniform() < p + shift) - svd[rate]![i]!);
      units.push(unit(rate, ofImagesAlone ? 'all' : String(draw), values));
    }
  }
  return crossedDifference(units);
}

describe('in simulations', () => {
  const trials = 600;
  const covered = (isShared: boolean, options: Parameters<typeof simulate>[3] = {}): number => {
    let count = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      const { lower, upper } = simulate(trial, -0.05, isShared, options);
      if (lower <= -0.05 && -0.05 <= upper) count += 1;
    }
    return count / trials;
  };

  it.each([true, false])(
    'the interval covers the truth 95 times in 100 (draws shared: %s)',
    (isShared) => {
      const share = covered(isShared);
      // Three standard deviations of the count are 2.7 points.
      expect(share).toBeGreaterThan(0.923);
      expect(share).toBeLessThan(0.985);
    },
  );

  it('the same with three repetitions, such as trained networks', () => {
    const share = covered(true, { draws: 3 });
    expect(share).toBeGreaterThan(0.923);
    expect(share).toBeLessThan(0.99);
  });

  it('an interval from the images alone covers it far less often', () => {
    expect(covered(true, { ofImagesAlone: true, draws: 3 })).toBeLessThan(0.85);
  });

  it('a method that is not better is found better 2.5 times in 100', () => {
    let found = 0;
    let missed = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      if (simulate(trial, 0, true).pAbove <= 0.025) found += 1;
      if (simulate(trial, 0.1, true).pAbove > 0.025) missed += 1;
    }
    expect(found / trials).toBeGreaterThan(0.004);
    expect(found / trials).toBeLessThan(0.045);
    // A method that is ten points better is nearly always found better.
    expect(missed / trials).toBeLessThan(0.1);
  });
});
