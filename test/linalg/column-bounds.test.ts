/**
 * The deterministic bounds for any choice of columns J and rows I (Sorensen & Embree, SIAM J. Sci. Comput. 38(3),
 * 2016). With eta_q = 1 / s_min(V_k(J, :)), and eta_p defined in the same way by U_k(I, :), ||A - C C^+ A|| <= eta_q
 * OPT and ||A - C C^+ A R^+ R|| <= (eta_p + eta_q) OPT, in both norms.
 */
import { describe, expect, it } from 'vitest';
import { cxBound } from '../../src/linalg/cx-bound.ts';
import { optimalError } from '../../src/linalg/errors.ts';
import { factorizeLayer } from '../../src/linalg/factors.ts';
import { solveLeastSquares } from '../../src/linalg/least-squares.ts';
import { type Matrix, takeColumns, takeRows } from '../../src/linalg/matrix.ts';
import { multiply } from '../../src/linalg/multiply.ts';
import { pivotedQr } from '../../src/linalg/qr.ts';
import { randomStream } from '../../src/linalg/random.ts';
import { thinSvd } from '../../src/linalg/svd.ts';
import { nastyMatrices } from './nasty-matrices.ts';
import {
  frobenius,
  gaussian,
  solveLeastSquaresRight,
  subtract,
  threeSpectra,
} from './test-matrices.ts';

const K = 20;
const SLACK = 1 + 1e-6;

const eta = (vectors: Matrix, indices: ArrayLike<number>) => {
  const { s } = thinSvd(takeColumns(vectors, indices));
  return s.length < K ? Number.POSITIVE_INFINITY : 1 / s[K - 1]!;
};
const spectral = (a: Matrix) => thinSvd(a).s[0]!;
const project = (a: Matrix, columns: ArrayLike<number>) => {
  const c = takeColumns(a, columns);
  return multiply(c, solveLeastSquares(c, a));
};

describe.each(threeSpectra(80, 240))('columns and rows of a matrix of $name', ({ a }) => {
  const factors = factorizeLayer(a);
  const optimumF = optimalError(factors, K);
  const optimum2 = factors.s[K]!;

  const selections: (readonly [string, ArrayLike<number>, ArrayLike<number>])[] = [
    ['pivots', pivotedQr(a).pivots.subarray(0, K), [...Array(K).keys()]],
    [
      'pivots of the singular vectors',
      pivotedQr(factors.vt(K)).pivots.subarray(0, K),
      pivotedQr(factors.ut(K)).pivots.subarray(0, K),
    ],
    ['the first', [...Array(K).keys()], [...Array(K).keys()]],
  ];
  for (let seed = 0; seed < 4; seed++) {
    const random = randomStream(seed, 'columns');
    selections.push([
      `random ${seed}`,
      random.permutation(240).subarray(0, K + 5 * seed),
      random.permutation(80).subarray(0, K),
    ]);
  }

  it.each(selections)('keep the bounds: %s', (_, columns, rows) => {
    const etaQ = eta(factors.vt(K), columns);
    const etaP = eta(factors.ut(K), rows);
    expect(etaQ).toBeLessThan(Number.POSITIVE_INFINITY);

    const cxRest = subtract(a, project(a, columns));
    expect(frobenius(cxRest)).toBeLessThanOrEqual(etaQ * optimumF * SLACK);
    expect(spectral(cxRest)).toBeLessThanOrEqual(etaQ * optimum2 * SLACK);

    const c = takeColumns(a, columns);
    const r = takeRows(a, rows);
    const core = solveLeastSquaresRight(solveLeastSquares(c, a), r);
    const curRest = subtract(a, multiply(multiply(c, core), r));
    expect(frobenius(curRest)).toBeLessThanOrEqual((etaP + etaQ) * optimumF * SLACK);
    expect(spectral(curRest)).toBeLessThanOrEqual((etaP + etaQ) * optimum2 * SLACK);

    expect(frobenius(curRest)).toBeGreaterThanOrEqual(frobenius(cxRest) / SLACK);
    if (columns.length === K) {
      expect(frobenius(cxRest)).toBeGreaterThanOrEqual(optimumF / SLACK);
    }
    // The core C^+ A R^+ is the best one. Any other is worse.
    const noise = gaussian(core.rows, core.cols, 1);
    const other = subtract(core, { ...noise, data: noise.data.map((value) => value * 1e-3) });
    const otherRest = subtract(a, multiply(multiply(c, other), r));
    expect(frobenius(otherRest)).toBeGreaterThan(frobenius(curRest));
  });

  it('have errors that do not grow with more columns', () => {
    const order = randomStream(9).permutation(240);
    let before = frobenius(a);
    for (const count of [1, 5, 10, 20, 40, 79]) {
      const error = frobenius(subtract(a, project(a, order.subarray(0, count))));
      expect(error).toBeLessThanOrEqual(before * SLACK);
      before = error;
    }
  });
});

it('gives no bound if the least error is lost in rounding, and is never below the error', () => {
  for (const { a } of nastyMatrices) {
    const factors = factorizeLayer(a);
    const least = Math.min(a.rows, a.cols);
    for (const k of [1, Math.ceil(least / 2), least]) {
      const columns = Int32Array.from({ length: k }, (_, i) => a.cols - k + i);
      const bound = cxBound(factors, columns);
      if (bound === null) continue;
      const error = frobenius(subtract(a, project(a, columns))) / frobenius(a);
      expect(error).toBeLessThanOrEqual(bound * SLACK);
    }
  }
  const one = nastyMatrices.find(({ name }) => name === 'one column of 1e20')!;
  expect(cxBound(factorizeLayer(one.a), Int32Array.of(3, 4, 5))).toBeNull();
});
