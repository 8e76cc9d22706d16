import { describe, expect, it } from 'vitest';
import { optimalError, relativeError } from '../../../src/linalg/errors.ts';
import { factorizeLayer } from '../../../src/linalg/factors.ts';
import { curLinearTime } from '../../../src/linalg/methods/cur-linear-time.ts';
import { multiply } from '../../../src/linalg/multiply.ts';
import { pivotedQr } from '../../../src/linalg/qr.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { chiSquareExcess, frobenius, gaussian, residual, threeSpectra } from '../test-matrices.ts';

const K = 20;

describe('LinearTimeCUR', () => {
  it.each(threeSpectra(200, 600))(
    'keeps its bound, and has the error it should: $name',
    ({ a }) => {
      const factors = factorizeLayer(a);
      const draws = 30;
      const norm = frobenius(a);
      let mean = 0;
      let meanSquare = 0;
      let expectedSquare = 0;
      for (let seed = 0; seed < draws; seed++) {
        const layer = { weight: () => a, factors };
        const { left, right } = curLinearTime(layer, K, randomStream(seed, 'lt'));
        const error = residual(a, left, right);
        mean += error / draws;
        meanSquare += error ** 2 / draws;
        // Given C, with an orthonormal basis H of its span: the part outside the span of C, and the variance of the
        // sampled H^T A, which is (rank(C) ||A||^2 - ||H^T A||^2) / r for these probabilities.
        const h = pivotedQr(left);
        const inside = frobenius(multiply(h.qt, a)) ** 2;
        expectedSquare += (norm ** 2 - inside + (h.rank * norm ** 2 - inside) / K) / draws;
      }
      expect(mean).toBeLessThanOrEqual(optimalError(factors, K) + (4 ** 0.25 + 1) * norm);
      expect(Math.abs(meanSquare / expectedSquare - 1)).toBeLessThan(0.1);
    },
  );

  it('is exact for rank one, so the scale is right', () => {
    const a = multiply(gaussian(25, 1, 1), gaussian(1, 40, 2));
    const layer = { weight: () => a, factors: factorizeLayer(a) };
    for (const rank of [1, 2, 7]) {
      const { left, right } = curLinearTime(layer, rank, randomStream(rank));
      expect(relativeError(a, left, right)).toBeLessThan(1e-13);
    }
  });

  it('rescales C so that C C^T is unbiased: its trace is always ||A||_F^2', () => {
    const a = gaussian(30, 50, 3);
    const layer = { weight: () => a, factors: factorizeLayer(a) };
    const draws = 400;
    const mean = new Float64Array(30);
    for (let seed = 0; seed < draws; seed++) {
      const { left } = curLinearTime(layer, 5, randomStream(seed));
      expect(frobenius(left)).toBeCloseTo(frobenius(a), 9);
      left.data.forEach((value, i) => {
        mean[Math.floor(i / 5)]! += value ** 2 / draws;
      });
    }
    // The diagonal of A A^T. Each mean of 2,000 squares has a deviation of a few percent.
    for (let i = 0; i < 30; i++) {
      expect(Math.abs(mean[i]! / layer.factors.squaredRowNorms[i]! - 1)).toBeLessThan(0.2);
    }
  });

  it('draws columns and rows by their squared norms', () => {
    const a = gaussian(12, 18, 4);
    for (let i = 0; i < a.data.length; i++) a.data[i]! *= (1 + (i % 18)) ** 0.5;
    const layer = { weight: () => a, factors: factorizeLayer(a) };
    const counts = { columns: new Float64Array(18), rows: new Float64Array(12) };
    const draws = 600;
    for (let seed = 0; seed < draws; seed++) {
      const { columns, rows } = curLinearTime(layer, 10, randomStream(seed));
      for (const j of columns!) counts.columns[j]!++;
      for (const i of rows!) counts.rows[i]!++;
    }
    const { squaredColumnNorms, squaredRowNorms, squaredNorm } = layer.factors;
    for (const [found, weights] of [
      [counts.columns, squaredColumnNorms],
      [counts.rows, squaredRowNorms],
    ] as const) {
      const chiSquare = found.reduce((sum, count, j) => {
        const expected = (10 * draws * weights[j]!) / squaredNorm;
        return sum + (count - expected) ** 2 / expected;
      }, 0);
      expect(chiSquareExcess(chiSquare, found.length - 1)).toBeLessThan(5);
    }
  });
});
