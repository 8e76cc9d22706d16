/** A budget that may store layers in 8 bits: the expected errors, and the choice among all forms. */
import { describe, expect, it } from 'vitest';
import { budgetRanks } from '../../../src/linalg/allocation/budget.ts';
import { int8Candidates } from '../../../src/linalg/allocation/int8-choice.ts';
import { type LayerChoice, spectralChoice } from '../../../src/linalg/allocation/layer-choice.ts';
import { factorizeLayer } from '../../../src/linalg/factors.ts';
import { dequantized, int8Bytes, int8Scales, int8Values } from '../../../src/linalg/int8.ts';
import type { Matrix } from '../../../src/linalg/matrix.ts';
import { methodNamed } from '../../../src/linalg/methods/index.ts';
import { multiply } from '../../../src/linalg/multiply.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { frobenius, subtract, threeSpectra } from '../test-matrices.ts';
import { everyChoice } from './layer-choices.ts';

function inInt8(matrix: Matrix, channels: number): Matrix {
  const scales = int8Scales(matrix.data, channels);
  return { ...matrix, data: dequantized({ values: int8Values(matrix.data, scales), scales }) };
}

describe.each([40, 10])('factors in 8 bits, with %d scales', (channels) => {
  it.each(threeSpectra(40, 90))('have about the expected errors: $name', ({ a }) => {
    const factors = factorizeLayer(a);
    const floats = spectralChoice('a', factors, (rank) => 4 * rank * 130, 4 * 40 * 90);
    const candidates = int8Candidates(floats, [factors], channels, (rank) => rank);
    expect(candidates.map(({ cost }) => cost)).toEqual(floats.candidates.map(({ rank }) => rank));
    for (const { rank, squaredError } of candidates) {
      const { left, right } = methodNamed('svd').compress(
        { weight: () => a, factors },
        rank!,
        randomStream(0, 'unused'),
      );
      const product = multiply(inInt8(left, channels), inInt8(right, right.rows));
      const actual = (frobenius(subtract(product, a)) / frobenius(a)) ** 2;
      expect(actual / squaredError).toBeGreaterThan(0.75);
      expect(actual / squaredError).toBeLessThan(1.25);
    }
  });
});

it('a layer of equal matrices has the error of one, and its own cost', () => {
  const { a } = threeSpectra(20, 30)[0]!;
  const factors = factorizeLayer(a);
  const floats = spectralChoice('a', factors);
  const one = int8Candidates(floats, [factors], 20, (rank) => rank);
  const both = int8Candidates(floats, [factors, factors], 40, (rank) => 2 * rank);
  expect(both.map(({ rank, cost }) => [rank, cost])).toEqual(
    one.map(({ rank, cost }) => [rank, 2 * cost]),
  );
  for (const [i, { squaredError }] of both.entries()) {
    expect(squaredError).toBeCloseTo(one[i]!.squaredError, 15);
  }
});

/** Up to 7 ranks, each in floats and in 8 bits, and the whole layer in 8 bits. */
function layerOf(name: string, random: ReturnType<typeof randomStream>): LayerChoice {
  const [rows, cols] = [30 + random.integer(2000), 30 + random.integer(2000)];
  const step = Math.max(1, Math.floor((0.3 * rows * cols) / (rows + cols)));
  const ranks = Array.from({ length: 1 + random.integer(3) }, (_, i) => step * (i + 1));
  const candidates = ranks.flatMap((rank) => {
    const squaredError = (random.uniform() * step) / rank;
    const weights = rank * (rows + cols);
    return [
      { rank, cost: 4 * weights, squaredError },
      {
        rank,
        int8: true as const,
        cost: int8Bytes(weights, rows + rank),
        squaredError: squaredError + 1e-3 * random.uniform(),
      },
    ];
  });
  const whole = { rank: null, int8: true, cost: int8Bytes(rows * cols, rows) } as const;
  const squaredError = 1e-4 * random.uniform();
  return { name, whole: 4 * rows * cols, candidates: [...candidates, { ...whole, squaredError }] };
}

describe('budgetRanks', () => {
  it('equals the best of all forms in bytes, of up to 4 layers with 8 forms, and stays within', () => {
    const random = randomStream(3, 'budget');
    let [factored, whole] = [0, 0];
    for (let trial = 0; trial < 150; trial++) {
      const layers = Array.from({ length: 1 + random.integer(4) }, (_, i) =>
        layerOf(`layer ${i}`, random),
      );
      const all = layers.reduce((sum, layer) => sum + layer.whole, 0);
      const budget = Math.floor(all / (1 + 20 * random.uniform() ** 2));
      const fitting = everyChoice(layers).filter(({ cost }) => cost <= budget);
      const best = budgetRanks(layers, budget);
      if (fitting.length === 0) {
        expect(best).toBeUndefined();
        continue;
      }
      const least = fitting.reduce((a, b) => Math.min(a, b.squaredError), Number.POSITIVE_INFINITY);
      expect(best!.squaredError).toBeCloseTo(least, 12);
      expect(best!.cost).toBeLessThanOrEqual(budget);
      for (const name of best!.int8) {
        if (best!.ranks.has(name)) factored++;
        else whole++;
      }
    }
    expect(factored).toBeGreaterThan(20);
    expect(whole).toBeGreaterThan(20);
  });
});
