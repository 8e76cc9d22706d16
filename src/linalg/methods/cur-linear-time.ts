/**
 * LinearTimeCUR (Drineas, Kannan & Mahoney, SIAM J. Comput. 36(1), 2006). Columns and rows are drawn with replacement
 * by their squared norms and rescaled. The core U depends only on the columns and the drawn rows of these columns.
 *
 * To compare at equal parameters, k = c = r = the requested rank. At that size, the paper's additive bound, E||A -
 * CUR||_F <= OPT_F + ((4k/c)^(1/4) + (k/r)^(1/2)) ||A||_F, promises nothing. It is not pessimistic either: given C,
 * sampling rows adds (k ||A||_F^2 - ||C C^+ A||_F^2) / r to the expected squared error, so for k = r errors are near
 * ||A||_F itself. As two factors: left = C (rescaled), right = U R.
 */

import { unbiasedCore } from '../cores/unbiased.ts';
import { takeColumns, takeRows } from '../matrix.ts';
import { multiply } from '../multiply.ts';
import { drawWithReplacement } from '../sampling.ts';
import { scaleColumns, scaleRows } from '../scale.ts';
import type { Compress } from './compression-method.ts';

export const curLinearTime: Compress = (layer, rank, random, options = {}) => {
  const { squaredColumnNorms, squaredRowNorms, squaredNorm } = layer.factors;
  const columns = drawWithReplacement(squaredColumnNorms, rank, random);
  const rowCount = Math.round(rank * (options.oversampling ?? 1));
  const rows = drawWithReplacement(squaredRowNorms, rowCount, random);
  const columnScales = unbiasedScales(columns, squaredColumnNorms, squaredNorm);
  const rowScales = unbiasedScales(rows, squaredRowNorms, squaredNorm);

  const a = layer.weight();
  const left = scaleColumns(takeColumns(a, columns), columnScales);
  const r = scaleRows(takeRows(a, rows), rowScales);
  const psi = scaleRows(takeRows(left, rows), rowScales);
  const u = unbiasedCore(left, psi, rank);
  const kept = { left, rank, columns, rows };
  if (options.form === 'cur-three') return { ...kept, core: u, right: r };
  return { ...kept, right: multiply(u, r) };
};

/** 1 / sqrt(c q_j) for each drawn index, where q_j is its probability. This makes both sketches unbiased. */
function unbiasedScales(drawn: Int32Array, weights: Float64Array, total: number): Float64Array {
  return Float64Array.from(drawn, (j) =>
    // Only a zero matrix draws an index of weight zero, and any scale of it is zero.
    weights[j] === 0 ? 1 : Math.sqrt(total / (drawn.length * weights[j]!)),
  );
}
