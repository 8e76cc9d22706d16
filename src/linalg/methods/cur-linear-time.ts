/**
 * LinearTimeCUR (Drineas, Kannan & Mahoney, SIAM J. Comput. 36(1), 2006): columns and rows drawn with
 * replacement by their squared norms and rescaled, and a core U from the columns and their own rows.
 *
 * k = c = r = the rank asked for, to compare at equal parameters; then the paper's additive bound,
 * E||A - CUR||_F <= OPT_F + ((4k/c)^(1/4) + (k/r)^(1/2)) ||A||_F, promises nothing. Nor is it pessimistic:
 * given C, sampling rows adds (k ||A||_F^2 - ||C C^+ A||_F^2) / r to the expected squared error, so at
 * k = r errors are near ||A||_F itself. As two factors: left = C (rescaled), right = U R.
 */

import { firstRows, type Matrix64, takeColumns, takeRows } from '../matrix.ts';
import { multiply, multiplyTransposedLeft, multiplyTransposedRight } from '../multiply.ts';
import { drawWithReplacement } from '../sampling.ts';
import { scaleColumns, scaleRows } from '../scale.ts';
import { thinSvd } from '../svd.ts';
import type { CompressionMethod } from './compression-method.ts';

export const curLinearTime: CompressionMethod = {
  name: 'cur-lineartime',
  label: 'LinearTimeCUR',
  family: 'cur',
  rounding: 'round',
  lastLayer: 'keep',
  random: true,
  compress(layer, rank, random) {
    const { squaredColumnNorms, squaredRowNorms, squaredNorm } = layer.factors;
    const columns = drawWithReplacement(squaredColumnNorms, rank, random);
    const rows = drawWithReplacement(squaredRowNorms, rank, random);
    const columnScales = unbiasedScales(columns, squaredColumnNorms, squaredNorm);
    const rowScales = unbiasedScales(rows, squaredRowNorms, squaredNorm);

    const a = layer.weight();
    const left = scaleColumns(takeColumns(a, columns), columnScales);
    const r = scaleRows(takeRows(a, rows), rowScales);
    const psi = scaleRows(takeRows(left, rows), rowScales);
    return { left, right: multiply(core(left, psi, rank), r), rank, columns, rows };
  },
};

/** U = Phi Psi^T, Phi = sum_{t <= k} y_t y_t^T / s_t^2 over the eigenpairs (s_t^2, y_t) of C^T C. */
function core(c: Matrix64, psi: Matrix64, k: number): Matrix64 {
  const { s, vt } = thinSvd(c);
  const kept = Math.min(k, s.findLastIndex((value) => value > RELATIVE_CUTOFF * s[0]!) + 1);
  const y = firstRows(vt, kept);
  const inverse = s.subarray(0, kept).map((value) => 1 / value ** 2);
  return multiplyTransposedLeft(y, scaleRows(multiplyTransposedRight(y, psi), inverse));
}

/**
 * Singular values of C below this count as zero, as those that repeated columns make are. Rounding in
 * y_t^T Psi^T R, about eps s_1, is divided by s_t: the cutoff bounds it by 1e-8 of the result.
 */
const RELATIVE_CUTOFF = 2 ** -26;

/** 1 / sqrt(c q_j) for each drawn index, q_j its probability: what makes both sketches unbiased. */
function unbiasedScales(drawn: Int32Array, weights: Float64Array, total: number): Float64Array {
  return Float64Array.from(drawn, (j) =>
    // Only a zero matrix draws an index of weight zero, and any scale of it is zero.
    weights[j] === 0 ? 1 : Math.sqrt(total / (drawn.length * weights[j]!)),
  );
}
