/**
 * LeverageScoreCUR (Mahoney & Drineas, PNAS 106(3), 2009). Columns and rows are selected independently, by their
 * leverage on the top-k singular subspaces, and U = C^+ A R^+ is the best core for them.
 *
 * k is the requested rank. To compare at equal parameters, the expected numbers c and r of columns and rows are k too.
 * The paper's bound, ||A - CUR||_F <= (2 + eps) OPT_F, needs c and r of order k log k / eps^2, so it does not hold
 * here. As two factors: left = C, right = U R.
 */

import { leverageScores } from '../factors.ts';
import { type Matrix, takeColumns, takeRows } from '../matrix.ts';
import { multiply } from '../multiply.ts';
import type { RandomStream } from '../random.ts';
import { drawIndependently } from '../sampling.ts';
import { coreBetween } from './column-selection.ts';
import type { Compress } from './compression-method.ts';

export const curLeverage: Compress = (layer, rank, random, options = {}) => {
  const columns = selectByLeverage(layer.factors.vt(rank), rank, random);
  const expected = rank * (options.oversampling ?? 1);
  const rows = selectByLeverage(layer.factors.ut(rank), expected, random);
  const a = layer.weight();
  const left = takeColumns(a, columns);
  const r = takeRows(a, rows);
  const core = coreBetween(layer, { c: left, a, r }, rows, options);
  const kept = { left, rank: columns.length, columns, rows };
  if (options.form === 'cur-three') return { ...kept, core, right: r };
  return { ...kept, right: multiply(core, r) };
};

/**
 * ColumnSelect: index j with probability min(1, c pi_j), pi_j = l_j / k, from the top k singular vectors (or fewer if
 * there are fewer). Never empty: if nothing is drawn, the highest score is selected.
 */
function selectByLeverage(vectors: Matrix, expected: number, random: RandomStream): Int32Array {
  const k = Math.max(1, vectors.rows);
  const scores = leverageScores(vectors, k);
  return drawIndependently(
    scores.map((score) => (expected * score) / k),
    random,
  );
}
