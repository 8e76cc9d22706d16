/** Compares our linear algebra with NumPy's and SciPy's, to float64 accuracy, up to signs and rotations. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { factorizeLayer, leverageScores } from '../../src/linalg/factors.ts';
import { solveLeastSquares } from '../../src/linalg/least-squares.ts';
import { type Matrix, takeColumns } from '../../src/linalg/matrix.ts';
import { methodNamed } from '../../src/linalg/methods/index.ts';
import { multiply, multiplyTransposedLeft } from '../../src/linalg/multiply.ts';
import { pivotedQr } from '../../src/linalg/qr.ts';
import { randomStream } from '../../src/linalg/random.ts';
import { selectByDeim } from '../../src/linalg/selection/deim.ts';
import { frobenius, subtract } from './test-matrices.ts';

interface Known {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly data: readonly number[];
  readonly rank: number;
  readonly singularValues: readonly number[];
  readonly leftProjector: readonly number[];
  readonly rightProjector: readonly number[];
  readonly pivots: readonly number[];
  readonly diagonalOfR: readonly number[];
  readonly columnLeverage: readonly number[];
  readonly rowLeverage: readonly number[];
  readonly deim: readonly number[];
  readonly columns: readonly number[];
  readonly pinvTimesA: readonly number[];
  readonly cxError: number;
  readonly idError: number;
}

const { by, k, matrices } = JSON.parse(
  readFileSync(new URL('./fixtures/numpy.json', import.meta.url), 'utf8'),
) as { readonly by: string; readonly k: number; readonly matrices: readonly Known[] };

function expectClose(actual: ArrayLike<number>, expected: readonly number[], within = 1e-11): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(1e-300, ...expected.map(Math.abs));
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)));
  expect(worst / scale).toBeLessThan(within);
}

describe.each(matrices)(`$name, by ${by}`, (known) => {
  const a: Matrix = { rows: known.rows, cols: known.cols, data: Float64Array.from(known.data) };
  const factors = factorizeLayer(a);

  it('has the singular values, and spans of leading vectors', () => {
    expect(factors.s.length).toBe(known.rank);
    expectClose(factors.s, known.singularValues);
    const [ut, vt] = [factors.ut(k), factors.vt(k)];
    expectClose(multiplyTransposedLeft(ut, ut).data, known.leftProjector);
    expectClose(multiplyTransposedLeft(vt, vt).data, known.rightProjector);
  });

  it('has the leverage scores', () => {
    expectClose(leverageScores(factors.vt(k), k), known.columnLeverage);
    expectClose(leverageScores(factors.ut(k), k), known.rowLeverage);
  });

  it('has the pivots of QR, and the magnitudes on its diagonal', () => {
    const { rank, pivots, r } = pivotedQr(a);
    expect(rank).toBe(known.rank);
    expect([...pivots.subarray(0, rank)]).toEqual(known.pivots);
    const diagonal = Array.from({ length: rank }, (_, i) => Math.abs(r.data[i * r.cols + i]!));
    expectClose(diagonal, known.diagonalOfR);
  });

  it('has the columns of DEIM, and their pseudoinverse', () => {
    expect([...selectByDeim(factors.vt(k), k)]).toEqual(known.deim);
    const c = takeColumns(a, known.columns);
    const solution = solveLeastSquares(c, a);
    expectClose(solution.data, known.pinvTimesA, 1e-10);
    const error = frobenius(subtract(a, multiply(c, solution)));
    expect(Math.abs(error - known.cxError)).toBeLessThan(1e-11);
    const found = methodNamed('cur-deim').compress(
      { weight: () => a, factors },
      k,
      randomStream(0),
    );
    expect([...found.columns!]).toEqual(known.columns);
  });

  it('has an interpolative decomposition as good as the deterministic one', () => {
    const layer = { weight: () => a, factors };
    const { left, right } = methodNamed('cur-qr').compress(layer, k, randomStream(0), {
      form: 'interpolative',
    });
    const error = frobenius(subtract(a, multiply(left, right)));
    expect(Math.abs(error - known.idError)).toBeLessThan(1e-10);
  });
});
