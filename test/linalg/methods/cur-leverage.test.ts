import { describe, expect, it } from 'vitest';
import { optimalError, relativeError } from '../../../src/linalg/errors.ts';
import { factorizeLayer, leverageScores } from '../../../src/linalg/factors.ts';
import { solveLeastSquares } from '../../../src/linalg/least-squares.ts';
import { takeColumns, takeRows } from '../../../src/linalg/matrix.ts';
import { curLeverage } from '../../../src/linalg/methods/cur-leverage.ts';
import { multiply } from '../../../src/linalg/multiply.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { thinSvd } from '../../../src/linalg/svd.ts';
import { chiSquareExcess, gaussian, residual, threeSpectra } from '../test-matrices.ts';

describe('LeverageScoreCUR', () => {
  it('keeps columns and rows independently, with probability min(1, c l_j / k)', () => {
    const a = gaussian(20, 60, 1);
    const layer = { weight: () => a, factors: factorizeLayer(a) };
    const rank = 6;
    const draws = 500;
    const counts = { columns: new Float64Array(60), rows: new Float64Array(20) };
    let kept = 0;
    for (let seed = 0; seed < draws; seed++) {
      const result = curLeverage(layer, rank, randomStream(seed));
      for (const j of result.columns!) counts.columns[j]!++;
      for (const i of result.rows!) counts.rows[i]!++;
      expect(new Set(result.columns).size).toBe(result.rank);
      kept += result.rank / draws;
    }
    const columnScores = leverageScores(layer.factors.vt(rank), rank);
    for (const [found, scores] of [
      [counts.columns, columnScores],
      [counts.rows, leverageScores(layer.factors.ut(rank), rank)],
    ] as const) {
      const chiSquare = found.reduce((sum, count, j) => {
        const p = Math.min(1, scores[j]!);
        return sum + (count - draws * p) ** 2 / (draws * p * (1 - p));
      }, 0);
      expect(Math.abs(chiSquareExcess(chiSquare, found.length))).toBeLessThan(5);
    }
    const variance = columnScores.reduce((sum, p) => sum + p * (1 - p), 0);
    expect(Math.abs(kept - rank)).toBeLessThan(5 * Math.sqrt(variance / draws));
  });

  it.each(threeSpectra(80, 240))('keeps the bound of any selection: $name', ({ a }) => {
    const k = 20;
    const factors = factorizeLayer(a);
    for (let seed = 0; seed < 10; seed++) {
      const layer = { weight: () => a, factors };
      const { left, right, columns, rows } = curLeverage(layer, k, randomStream(seed));
      // With fewer than k columns or rows, the bound holds for the largest k that they can span.
      const t = Math.min(k, columns!.length, rows!.length);
      const etaQ = 1 / thinSvd(takeColumns(factors.vt(t), columns!)).s[t - 1]!;
      const etaP = 1 / thinSvd(takeColumns(factors.ut(t), rows!)).s[t - 1]!;
      const error = residual(a, left, right);
      expect(error).toBeLessThanOrEqual((etaP + etaQ) * optimalError(factors, t) * (1 + 1e-6));
      const cxError = residual(a, left, solveLeastSquares(left, a));
      expect(error).toBeGreaterThanOrEqual(cxError * (1 - 1e-6));
    }
  });

  it('is exact if the columns and rows span a matrix of low rank', () => {
    const a = multiply(gaussian(50, 6, 2), gaussian(6, 90, 3));
    const layer = { weight: () => a, factors: factorizeLayer(a) };
    let spanned = 0;
    for (let seed = 0; seed < 20; seed++) {
      // More columns than the rank, as with oversampling.
      const { left, right, columns, rows } = curLeverage(layer, 12, randomStream(seed));
      if (columns!.length < 6 || rows!.length < 6) continue;
      spanned++;
      expect(relativeError(a, left, right)).toBeLessThan(1e-10);
    }
    expect(spanned).toBeGreaterThan(10);
  });

  it('stores columns of A unchanged, and rows in the row space of A', () => {
    const a = gaussian(30, 70, 4);
    const layer = { weight: () => a, factors: factorizeLayer(a) };
    const { left, right, columns, rows } = curLeverage(layer, 8, randomStream(1));
    expect(left).toEqual(takeColumns(a, columns!));
    expect(thinSvd(right).s.length).toBeLessThanOrEqual(takeRows(a, rows!).rows);
  });

  it('always keeps at least one column and row', () => {
    const a = gaussian(100, 200, 5);
    const layer = { weight: () => a, factors: factorizeLayer(a) };
    const sizes = Array.from(
      { length: 40 },
      (_, seed) => curLeverage(layer, 1, randomStream(seed)).rank,
    );
    expect(Math.min(...sizes)).toBe(1);
    expect(Math.max(...sizes)).toBeGreaterThan(1);
  });
});
