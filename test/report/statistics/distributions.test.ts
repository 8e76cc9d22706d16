import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/linalg/random.ts';
import { holm, holmThresholds } from '../../../src/report/statistics/holm.ts';
import { incompleteBeta } from '../../../src/report/statistics/incomplete-beta.ts';
import { studentQuantile, studentTail } from '../../../src/report/statistics/student.ts';
import { mcnemar } from './mcnemar.ts';

describe('incompleteBeta', () => {
  it('agrees with integrals by hand', () => {
    for (const x of [0.01, 0.3, 0.5, 0.77, 0.999]) {
      expect(incompleteBeta(x, 1, 1)).toBeCloseTo(x, 12);
      expect(incompleteBeta(x, 3, 1)).toBeCloseTo(x ** 3, 12);
      expect(incompleteBeta(x, 1, 4)).toBeCloseTo(1 - (1 - x) ** 4, 12);
      expect(incompleteBeta(x, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(x)), 11);
      expect(incompleteBeta(x, 2, 2)).toBeCloseTo(3 * x * x - 2 * x ** 3, 12);
    }
    expect(incompleteBeta(0, 2, 3)).toBe(0);
    expect(incompleteBeta(1, 2, 3)).toBe(1);
  });

  it('is a binomial tail', () => {
    // P(X >= 60) of 100 coin tosses, by summation.
    let pmf = 0.5 ** 100;
    let tail = 0;
    for (let k = 0; k <= 100; k += 1) {
      if (k >= 60) tail += pmf;
      pmf *= (100 - k) / (k + 1);
    }
    expect(incompleteBeta(0.5, 60, 41)).toBeCloseTo(tail, 13);
  });
});

describe("Student's t", () => {
  it.each([
    // From tables: t of 97.5%.
    [1, 12.7062],
    [2, 4.30265],
    [9, 2.262157],
    [30, 2.042272],
    [9999, 1.960201],
    [1e6, 1.959966],
  ])('of %d degrees is exceeded 2.5 times in 100 at %d', (degrees, t) => {
    expect(studentQuantile(0.025, degrees)).toBeCloseTo(t, 4);
    expect(studentTail(t, degrees)).toBeCloseTo(0.025, 5);
    expect(studentTail(-t, degrees)).toBeCloseTo(0.975, 5);
  });

  it('has exact small tails', () => {
    // Cauchy for one degree of freedom.
    expect(studentTail(1000, 1)).toBeCloseTo(0.5 - Math.atan(1000) / Math.PI, 12);
    expect(studentTail(0, 7)).toBe(0.5);
    // 2 degrees: (1 - t / sqrt(t^2 + 2)) / 2.
    expect(studentTail(8, 2)).toBeCloseTo((1 - 8 / Math.sqrt(66)) / 2, 13);
    expect(studentTail(6, 1e5) / 9.8659e-10).toBeCloseTo(1, 1);
  });
});

it('holm multiplies the smallest most, and keeps the order', () => {
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
  expect(holm([0.9, 0.8])).toEqual([1, 1]);
  expect(holm([])).toEqual([]);
});

it('holmThresholds are those of each step, and after a failure that of the failure', () => {
  const thresholds = holmThresholds([0.01, 0.04, 0.03, 0.005], 0.05);
  expect(thresholds).toEqual([0.05 / 3, 0.05 / 2, 0.05 / 2, 0.05 / 4]);
  const stream = randomStream(1, 'p');
  for (let turn = 0; turn < 500; turn += 1) {
    const values = Array.from({ length: 1 + (turn % 9) }, () => stream.uniform() ** 3);
    const [adjusted, limits] = [holm(values), holmThresholds(values, 0.05)];
    for (const [i, p] of values.entries()) expect(adjusted[i]! <= 0.05).toBe(p <= limits[i]!);
  }
});

it('mcnemar is the binomial tail, with half of the probability of equality', () => {
  // 3 to none: (1/8) / 2.
  expect(mcnemar(3, 0)).toBeCloseTo(1 / 16, 12);
  expect(mcnemar(5, 5)).toBeCloseTo(0.5, 12);
  expect(mcnemar(0, 0)).toBe(0.5);
});
