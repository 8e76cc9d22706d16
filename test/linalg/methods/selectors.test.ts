/** Each method selects by the rule in its name, and has the requested core and split. */

import { describe, expect, it } from 'vitest';
import { crossCore } from '../../../src/linalg/cores/cross.ts';
import { factorizeLayer, leverageScores } from '../../../src/linalg/factors.ts';
import { type Matrix, takeColumns, takeRows, transpose } from '../../../src/linalg/matrix.ts';
import { methodNamed } from '../../../src/linalg/methods/index.ts';
import type { MethodName } from '../../../src/linalg/methods/names.ts';
import { gram, multiply } from '../../../src/linalg/multiply.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { scaleColumns } from '../../../src/linalg/scale.ts';
import { chiSquareExcess, frobenius, gaussian, subtract, threeSpectra } from '../test-matrices.ts';

const layerOf = (a: Matrix) => ({ weight: () => a, factors: factorizeLayer(a) });
const ones = (count: number) => new Float64Array(count).fill(1);

describe('pairs of columns have the frequencies of their rule', () => {
  // Norms differ, and so do leverage on one vector and leverage on two.
  const a = scaleColumns(gaussian(6, 8, 21), Float64Array.of(1, 1.4, 0.8, 1.2, 1, 1.7, 0.9, 1.3));
  const layer = layerOf(a);
  const { squaredColumnNorms } = layer.factors;

  /** One after the other, each by its weight among the remaining ones. */
  const distinct = (w: Float64Array, i: number, j: number) => {
    const total = w.reduce((sum, x) => sum + x, 0);
    return i === j ? 0 : ((w[i]! * w[j]!) / total) * (1 / (total - w[i]!) + 1 / (total - w[j]!));
  };
  const repeating = (w: Float64Array, i: number, j: number) => {
    const total = w.reduce((sum, x) => sum + x, 0);
    return ((i === j ? 1 : 2) * w[i]! * w[j]!) / total ** 2;
  };

  it.each([
    ['cur-uniform', distinct, ones(8)],
    ['cur-norm', repeating, squaredColumnNorms],
    ['cur-norm-distinct', distinct, squaredColumnNorms],
    ['cur-leverage-exact', distinct, leverageScores(layer.factors.vt(1), 1)],
  ] as const)('%s', (name, probability, weights) => {
    const draws = 4000;
    const counts = new Map<string, number>();
    for (let seed = 0; seed < draws; seed++) {
      const pair = methodNamed(name).compress(layer, 2, randomStream(seed)).columns!.join();
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    // Rare pairs together, because chi-square needs about five expected ones.
    const cells: { expected: number; found: number }[] = [];
    const rare = { expected: 0, found: 0 };
    for (let i = 0; i < 8; i++) {
      for (let j = i; j < 8; j++) {
        const expected = draws * probability(weights, i, j);
        const found = counts.get(`${i},${j}`) ?? 0;
        if (expected >= 5) cells.push({ expected, found });
        else {
          rare.expected += expected;
          rare.found += found;
        }
      }
    }
    if (rare.expected >= 5) cells.push(rare);
    else expect(rare.found).toBeLessThan(25);
    expect(cells.length).toBeGreaterThan(5);
    const chiSquare = cells.reduce(
      (sum, { expected, found }) => sum + (found - expected) ** 2 / expected,
      0,
    );
    expect(chiSquareExcess(chiSquare, cells.length - 1)).toBeLessThan(5);
  });
});

/** The column with the largest part outside the span of those before, by Gram-Schmidt, done twice. */
function greedy(a: Matrix, count: number): number[] {
  const rest = Array.from({ length: a.cols }, (_, j) =>
    Array.from({ length: a.rows }, (_, i) => a.data[i * a.cols + j]!),
  );
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  const chosen: number[] = [];
  for (let t = 0; t < count; t++) {
    const norms = rest.map((x, j) => (chosen.includes(j) ? -1 : dot(x, x)));
    const pivot = norms.indexOf(Math.max(...norms));
    chosen.push(pivot);
    const length = Math.sqrt(norms[pivot]!);
    const q = rest[pivot]!.map((value) => value / length);
    for (const x of rest) {
      for (let pass = 0; pass < 2; pass++) {
        const along = dot(x, q);
        x.forEach((value, i) => {
          x[i] = value - along * q[i]!;
        });
      }
    }
  }
  return chosen.sort((p, q) => p - q);
}

const K = 10;
// The singular vectors of equal singular values, such as those of a step, depend on rounding.
describe.each(threeSpectra(40, 90).slice(0, 2))('columns of a matrix of $name', ({ a }) => {
  const layer = layerOf(a);
  const columnsOf = (name: MethodName) => [
    ...methodNamed(name).compress(layer, K, randomStream(0)).columns!,
  ];

  it('are the greedy columns of A for pivoted QR, and of V_k^T for Q-DEIM', () => {
    expect(columnsOf('cur-qr')).toEqual(greedy(a, K));
    expect(columnsOf('cur-qdeim')).toEqual(greedy(layer.factors.vt(K), K));
  });

  it('have the largest leverage', () => {
    const scores = leverageScores(layer.factors.vt(K), K);
    const chosen = columnsOf('cur-top-leverage');
    const least = Math.min(...chosen.map((j) => scores[j]!));
    const others = scores.filter((_, j) => !chosen.includes(j));
    expect(chosen.length).toBe(K);
    expect(least).toBeGreaterThan(Math.max(...others));
  });

  it('come from a sketch with ten more rows than columns', () => {
    const stream = randomStream(0);
    let drawn = 0;
    const counting = {
      ...stream,
      normal: () => {
        drawn++;
        return stream.normal();
      },
    };
    methodNamed('cur-id').compress(layer, K, counting);
    expect(drawn).toBe((K + 10) * a.rows);
  });
});

describe('the core', () => {
  const a = threeSpectra(40, 90)[0]!.a;
  const layer = layerOf(a);

  it.each(['cur-deim', 'cur-leverage'] as const)('%s has W^+ from the intersection', (name) => {
    for (const oversampling of [1, 2]) {
      const found = methodNamed(name).compress(layer, K, randomStream(3), {
        form: 'cur-three',
        core: 'cross',
        oversampling,
      });
      const w = takeRows(takeColumns(a, found.columns!), found.rows!);
      expect(subtract(multiply(multiply(w, found.core!), w), w).data.every(near)).toBe(true);
    }
  });

  it('the core W^+ keeps exactly the directions above float32 rounding', () => {
    const diagonal = (second: number) => ({
      rows: 2,
      cols: 2,
      data: Float64Array.of(1, 0, 0, second),
    });
    expect(crossCore(diagonal(1e-6)).data[3]! * 1e-6).toBeCloseTo(1, 9);
    expect([...crossCore(diagonal(1e-9)).data].map(Math.abs)).toEqual([1, 0, 0, 0]);
  });

  it.each(['cur-lineartime', 'cur-leverage'] as const)(
    '%s draws more rows, not columns',
    (name) => {
      const draws = 60;
      const kept = { rows: 0, columns: 0 };
      for (let seed = 0; seed < draws; seed++) {
        const found = methodNamed(name).compress(layer, K, randomStream(seed), { oversampling: 2 });
        kept.rows += found.rows!.length / draws;
        kept.columns += found.columns!.length / draws;
      }
      const scores = leverageScores(layer.factors.ut(K), K);
      // Rows with probability 1 are selected once.
      const rows =
        name === 'cur-lineartime' ? 2 * K : scores.reduce((n, l) => n + Math.min(1, 2 * l), 0);
      expect(Math.abs(kept.rows - rows)).toBeLessThan(2);
      expect(Math.abs(kept.columns - K)).toBeLessThan(2);
    },
  );
});

it('svd-balanced has the roots of the singular values in both factors', () => {
  const a = gaussian(20, 30, 5);
  const { left, right } = methodNamed('svd-balanced').compress(layerOf(a), K, randomStream(0));
  const { s } = factorizeLayer(a);
  for (const g of [gram(transpose(left)), gram(right)]) {
    for (let t = 0; t < K; t++) g.data[t * K + t]! -= s[t]!;
    expect(frobenius(g)).toBeLessThan(1e-10);
  }
});

function near(value: number): boolean {
  return Math.abs(value) < 1e-9;
}
