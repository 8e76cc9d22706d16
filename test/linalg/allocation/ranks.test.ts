/** Ranks by energy, and the curves that they are computed from. */
import { describe, expect, it } from 'vitest';
import { energyRanks } from '../../../src/linalg/allocation/energy.ts';
import { spectralChoice } from '../../../src/linalg/allocation/layer-choice.ts';
import { relativeOptimum } from '../../../src/linalg/errors.ts';
import { factorizeLayer } from '../../../src/linalg/factors.ts';
import { threeSpectra } from '../test-matrices.ts';
import { decayingChoice } from './layer-choices.ts';

describe('spectralChoice', () => {
  it.each(threeSpectra(20, 50))('has the optimal errors of each useful rank: $name', ({ a }) => {
    const factors = factorizeLayer(a);
    const { whole, candidates } = spectralChoice('fc', factors);
    expect(whole).toBe(1000);
    // 14 * 70 is the largest multiple below 1000.
    expect(candidates.map(({ rank }) => rank)).toEqual([...Array(14).keys()].map((i) => i + 1));
    for (const { rank, cost, squaredError } of candidates) {
      expect(cost).toBe(rank! * 70);
      expect(squaredError).toBeCloseTo(relativeOptimum(factors, rank!) ** 2, 13);
    }
  });

  it('has no rank above the known values, and counts the unknown energy as lost', () => {
    const s = Float64Array.of(3, 2, 1);
    const factors = { rows: 100, cols: 100, s, squaredNorm: 20 };
    expect(spectralChoice('fc', factors).candidates).toEqual([
      { rank: 1, cost: 200, squaredError: 11 / 20 },
      { rank: 2, cost: 400, squaredError: 7 / 20 },
      { rank: 3, cost: 600, squaredError: 6 / 20 },
    ]);
    const all = { ...factors, squaredNorm: 14 * (1 + 1e-15) };
    expect(spectralChoice('fc', all).candidates.at(-1)!.squaredError).toBe(0);
  });

  it('has rank 1 for a zero matrix, and no rank for a matrix that no factors make smaller', () => {
    const zero = { rows: 9, cols: 9, s: new Float64Array(0), squaredNorm: 0 };
    const one = { rank: 1, cost: 18, squaredError: 0 };
    expect(spectralChoice('fc', zero).candidates).toEqual([one]);
    const thin = { rows: 1, cols: 50, s: Float64Array.of(2), squaredNorm: 4 };
    expect(spectralChoice('fc', thin).candidates).toEqual([]);
  });

  it('can count the stored weights differently', () => {
    const factors = { rows: 4, cols: 6, s: Float64Array.of(3, 2, 1, 1), squaredNorm: 15 };
    // An interpolation: c (m + n - c).
    const { candidates } = spectralChoice('fc', factors, (c) => c * (10 - c));
    expect(candidates.map(({ cost }) => cost)).toEqual([9, 16, 21]);
  });
});

describe('energyRanks', () => {
  const factors = { rows: 100, cols: 100, s: Float64Array.of(3, 2, 1), squaredNorm: 14 };
  const choice = spectralChoice('fc', factors);

  it.each([
    [0, 1],
    [0.64, 1],
    [0.65, 2],
    [0.92, 2],
    [0.93, 3],
    [1, 3],
  ])('tau %d needs rank %d of the spectrum 3, 2, 1', (tau, rank) => {
    const { ranks, cost } = energyRanks([choice], tau);
    expect(ranks.get('fc')).toBe(rank);
    expect(cost).toBe(rank * 200);
  });

  it('is the smallest sufficient rank for any spectrum, or leaves the layer unchanged', () => {
    for (const power of [0.3, 0.6, 1, 2]) {
      const layer = decayingChoice('fc', [60, 90], power);
      const s = Array.from({ length: 60 }, (_, i) => (i + 1) ** -power);
      const all = s.reduce((sum, value) => sum + value ** 2, 0);
      for (const tau of [0.1, 0.5, 0.9, 0.99]) {
        let kept = 0;
        const smallest = s.findIndex((value) => (kept += value ** 2) >= tau * all) + 1;
        const expected = smallest * 150 < 60 * 90 ? smallest : undefined;
        expect(energyRanks([layer], tau).ranks.get('fc')).toBe(expected);
      }
    }
  });

  it('leaves a layer unchanged if its known values keep too little, and refuses an invalid share', () => {
    const partial = spectralChoice('fc', { ...factors, squaredNorm: 20 });
    expect(energyRanks([partial], 0.9)).toEqual({
      ranks: new Map(),
      int8: new Set(),
      cost: 10_000,
      squaredError: 0,
    });
    expect(energyRanks([partial], 0.5).ranks.get('fc')).toBe(2);
    for (const tau of [-0.1, 1.1, Number.NaN]) {
      expect(() => energyRanks([choice], tau)).toThrow(RangeError);
    }
  });
});
