import { describe, expect, it } from 'vitest';
import { solveLeastSquares } from '../../../src/linalg/least-squares.ts';
import { firstRows, type Matrix, takeColumns, zeros } from '../../../src/linalg/matrix.ts';
import { multiply } from '../../../src/linalg/multiply.ts';
import { pivotedQr } from '../../../src/linalg/qr.ts';
import { selectByDeim } from '../../../src/linalg/selection/deim.ts';
import { selectByPivotedQr } from '../../../src/linalg/selection/pivoted-columns.ts';
import { frobenius, gaussian, residual, withSpectrum } from '../test-matrices.ts';

/** DEIM as published: interpolates each vector at the points so far. The largest residual is next. */
function plainDeim(vt: Matrix): number[] {
  const points: number[] = [];
  for (let i = 0; i < vt.rows; i++) {
    const row = { rows: 1, cols: vt.cols, data: vt.data.slice(i * vt.cols, (i + 1) * vt.cols) };
    const r = Array.from(row.data);
    if (i > 0) {
      const basis = firstRows(vt, i);
      const square = takeColumns(basis, points);
      const t = zeros(i, i);
      for (let p = 0; p < i; p++)
        for (let q = 0; q < i; q++) t.data[q * i + p] = square.data[p * i + q]!;
      const target = takeColumns(row, points);
      const c = solveLeastSquares(t, { rows: i, cols: 1, data: target.data });
      const fit = multiply({ rows: 1, cols: i, data: c.data }, basis);
      for (let j = 0; j < vt.cols; j++) r[j]! -= fit.data[j]!;
    }
    points.push(r.reduce((best, x, j) => (Math.abs(x) > Math.abs(r[best]!) ? j : best), 0));
  }
  return points;
}

describe('deterministic selection', () => {
  it('DEIM by elimination is DEIM by interpolation', () => {
    for (const seed of [1, 2, 3]) {
      const vt = pivotedQr(gaussian(50, 12, seed)).qt;
      expect([...selectByDeim(vt, 12)]).toEqual(plainDeim(vt));
    }
  });

  it.each([selectByDeim, selectByPivotedQr])('%o continues with distinct indices', (select) => {
    for (const a of [zeros(3, 7), multiply(gaussian(5, 2, 1), gaussian(2, 7, 2))]) {
      for (const count of [0, 1, 4, 7, 99]) {
        const chosen = select(a, count);
        expect(chosen.length).toBe(Math.min(7, Math.max(1, count)));
        expect(new Set(chosen).size).toBe(chosen.length);
        for (const j of chosen) expect(j >= 0 && j < 7).toBe(true);
      }
    }
  });

  it('a matrix of rank k is exact on k pivots', () => {
    const a = withSpectrum(30, 40, Float64Array.of(5, 3, 1, 0.1), 7);
    const c = takeColumns(a, selectByPivotedQr(a, 4));
    expect(residual(a, c, solveLeastSquares(c, a))).toBeLessThan(1e-11 * frobenius(a));
  });

  it('a limited QR has the first pivots of the full one', () => {
    const a = gaussian(30, 40, 8);
    expect(pivotedQr(a, 6).pivots.slice(0, 6)).toEqual(pivotedQr(a).pivots.slice(0, 6));
    expect(pivotedQr(a, 6).rank).toBe(6);
  });
});
