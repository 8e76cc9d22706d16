import { describe, expect, it } from 'vitest';
import { budgetRanks } from '../../../src/linalg/allocation/budget.ts';
import type { Allocation, LayerChoice } from '../../../src/linalg/allocation/layer-choice.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { decayingChoice, everyChoice, type Total, wildChoice } from './layer-choices.ts';

/** The totals of the given ranks. */
function totalOf(layers: readonly LayerChoice[], { ranks }: Allocation): Total {
  return layers.reduce(
    (total, { name, whole, candidates }) => {
      const rank = ranks.get(name);
      const one =
        rank === undefined
          ? { cost: whole, squaredError: 0 }
          : candidates.find((candidate) => candidate.rank === rank)!;
      return {
        cost: total.cost + one.cost,
        squaredError: total.squaredError + one.squaredError,
      };
    },
    { cost: 0, squaredError: 0 },
  );
}

const wholeOf = (layers: readonly LayerChoice[]) =>
  layers.reduce((sum, { whole }) => sum + whole, 0);

/** The best choice at a price per parameter. */
function atPrice(layers: readonly LayerChoice[], price: number): Total {
  return layers.reduce(
    (total, { whole, candidates }) => {
      let best: Total = { cost: whole, squaredError: 0 };
      for (const one of candidates) {
        const cost = one.squaredError + price * one.cost;
        if (cost < best.squaredError + price * best.cost) best = one;
      }
      return {
        cost: total.cost + best.cost,
        squaredError: total.squaredError + best.squaredError,
      };
    },
    { cost: 0, squaredError: 0 },
  );
}

/** By a Lagrange multiplier: the best choice that fits, and a lower bound for all choices. */
function lagrangian(layers: readonly LayerChoice[], budget: number) {
  let fitting = Number.POSITIVE_INFINITY;
  let bound = 0;
  for (let exponent = -40; exponent < 5; exponent += 0.05) {
    const price = 2 ** exponent;
    const { cost, squaredError } = atPrice(layers, price);
    if (cost <= budget) fitting = Math.min(fitting, squaredError);
    bound = Math.max(bound, squaredError + price * (cost - budget));
  }
  return { fitting, bound };
}

/** Shapes of VGG-11's layers as matrices. */
const shapes = [
  [64, 27],
  [128, 576],
  [256, 1152],
  [256, 2304],
  [512, 2304],
  [512, 4608],
  [512, 4608],
  [512, 4608],
  [4096, 25088],
  [4096, 4096],
  [10, 4096],
] as const;
const vgg = shapes.map((shape, i) => decayingChoice(`layer ${i}`, shape, 0.4 + 0.1 * i));

describe('budgetRanks', () => {
  it('finds the best of all choices if the budget is small', () => {
    const random = randomStream(1, 'budget');
    let found = 0;
    for (let trial = 0; trial < 300; trial++) {
      const count = 1 + random.integer(5);
      const layers = Array.from({ length: count }, (_, i) => wildChoice(`layer ${i}`, random));
      const budget = random.integer(count * 70);
      const fitting = everyChoice(layers).filter((total) => total.cost <= budget);
      const best = budgetRanks(layers, budget);
      if (fitting.length === 0) {
        expect(best).toBeUndefined();
        continue;
      }
      found++;
      const least = fitting.reduce((a, b) => Math.min(a, b.squaredError), Number.POSITIVE_INFINITY);
      expect(best!.squaredError).toBeCloseTo(least, 12);
      expect(best!.cost).toBeLessThanOrEqual(budget);
      expect(totalOf(layers, best!)).toEqual({
        cost: best!.cost,
        squaredError: best!.squaredError,
      });
    }
    expect(found).toBeGreaterThan(150);
  });

  it('in units: stays within the budget, and is no worse than the best choice with one unit per layer less', () => {
    const random = randomStream(2, 'budget');
    for (let trial = 0; trial < 100; trial++) {
      const layers = Array.from({ length: 4 }, (_, i) => {
        const { name, whole, candidates } = wildChoice(`layer ${i}`, random);
        // Four more digits, so that a unit is many parameters.
        const scaled = (cost: number) => cost * 10_007 + random.integer(10_000);
        return {
          name,
          whole: scaled(whole),
          candidates: candidates.map((one) => ({ ...one, cost: scaled(one.cost) })),
        };
      });
      const budget = 500_000 + random.integer(2_000_000);
      const unit = Math.ceil(budget / 8192);
      const best = budgetRanks(layers, budget);
      const least = (within: number) =>
        everyChoice(layers)
          .filter(({ cost }) => cost <= within)
          .reduce((a, b) => Math.min(a, b.squaredError), Number.POSITIVE_INFINITY);
      if (best === undefined) {
        expect(least(budget)).toBe(Number.POSITIVE_INFINITY);
        continue;
      }
      expect(best.cost).toBeLessThanOrEqual(budget);
      expect(best.squaredError).toBeGreaterThanOrEqual(least(budget) - 1e-12);
      expect(best.squaredError).toBeLessThanOrEqual(least(budget - 4 * unit) + 1e-12);
    }
  });

  it.each([1.2, 2, 5, 25, 200])(
    'at rate %d of VGG-11: no worse than with a Lagrange multiplier, and near its bound',
    (rate) => {
      const budget = wholeOf(vgg) / rate;
      const best = budgetRanks(vgg, budget)!;
      const { fitting, bound } = lagrangian(vgg, budget);
      expect(best.cost).toBeLessThanOrEqual(budget);
      expect(totalOf(vgg, best).squaredError).toBeCloseTo(best.squaredError, 12);
      expect(best.squaredError).toBeLessThanOrEqual(fitting + 1e-12);
      expect(best.squaredError).toBeGreaterThanOrEqual(bound - 1e-12);
      expect(best.squaredError - bound).toBeLessThan(2e-3 * (bound + 0.01));
    },
  );

  it('leaves layers unchanged if the budget allows it, and never makes one larger', () => {
    const all = budgetRanks(vgg, wholeOf(vgg))!;
    expect(all).toEqual({ ranks: new Map(), int8: new Set(), cost: wholeOf(vgg), squaredError: 0 });
    const large: LayerChoice = {
      name: 'a',
      whole: 100,
      candidates: [{ rank: 3, cost: 100, squaredError: 0.1 }],
    };
    expect(budgetRanks([large], 1000)!.ranks.size).toBe(0);
    for (const rate of [1.1, 3, 30]) {
      const { ranks } = budgetRanks(vgg, wholeOf(vgg) / rate)!;
      shapes.forEach(([m, n], i) => {
        const rank = ranks.get(`layer ${i}`);
        if (rank === undefined) return;
        expect(rank).toBeGreaterThan(0);
        expect(rank * (m + n)).toBeLessThan(m * n);
      });
    }
  });

  it('makes the smallest choices if the budget is exactly their size, and none below', () => {
    const least = vgg.reduce((sum, { candidates }) => sum + candidates[0]!.cost, 0);
    const found = budgetRanks(vgg, least)!;
    expect([...found.ranks.values()]).toEqual(Array(11).fill(1));
    expect(budgetRanks(vgg, least - 1)).toBeUndefined();
    expect(budgetRanks([], 0)).toEqual({
      ranks: new Map(),
      int8: new Set(),
      cost: 0,
      squaredError: 0,
    });
  });

  it('is exact for 11 layers of 4096 candidates and 1e8 parameters', () => {
    const layers = Array.from({ length: 11 }, (_, i) => ({
      name: `layer ${i}`,
      whole: 40_000_000,
      candidates: Array.from({ length: 4096 }, (_, k) => ({
        rank: k + 1,
        cost: (k + 1) * 9001,
        squaredError: Math.exp(-(k + 1) / (100 + 150 * i)),
      })),
    }));
    const best = budgetRanks(layers, 1e8)!;
    const { fitting, bound } = lagrangian(layers, 1e8);
    expect(best.squaredError).toBeLessThanOrEqual(fitting + 1e-12);
    expect(best.squaredError).toBeGreaterThanOrEqual(bound - 1e-12);
  });
});
