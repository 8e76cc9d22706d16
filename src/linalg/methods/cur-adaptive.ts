/**
 * Adaptive sampling (Deshpande, Rademacher, Vempala & Wang, SODA 2006): draws columns in rounds, by the squared norm of
 * the residual (I - C C^+) A of the columns drawn before.
 */

import type { Matrix } from '../matrix.ts';
import { takeColumns } from '../matrix.ts';
import { multiply } from '../multiply.ts';
import { pivotedQr } from '../qr.ts';
import type { RandomStream } from '../random.ts';
import { drawDistinct } from '../selection/distinct.ts';
import { selecting } from './column-selection.ts';

const ROUNDS = 4;

export const curAdaptive = selecting((layer, count, random) =>
  drawInRounds(layer.weight(), layer.factors.squaredColumnNorms, count, random),
);

function drawInRounds(
  a: Matrix,
  squaredNorms: Float64Array,
  count: number,
  random: RandomStream,
): Int32Array {
  const chosen: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const wanted = Math.round((count * round) / ROUNDS) - chosen.length;
    if (wanted === 0) continue;
    const weights = leftOver(a, squaredNorms, chosen);
    // Rounding may leave a residual in a selected column. It is not drawn again.
    for (const column of chosen) weights[column] = 0;
    const open = Int32Array.from(weights.keys()).filter((column) => !chosen.includes(column));
    const drawn = drawDistinct(
      Float64Array.from(open, (column) => weights[column]!),
      wanted,
      random,
    );
    for (const t of drawn) chosen.push(open[t]!);
  }
  return Int32Array.from(chosen);
}

/** ||a_j||^2 - ||Q^T a_j||^2 for an orthonormal basis Q of the chosen columns. */
function leftOver(a: Matrix, squaredNorms: Float64Array, chosen: readonly number[]): Float64Array {
  const left = squaredNorms.slice();
  if (chosen.length === 0) return left;
  const along = multiply(pivotedQr(takeColumns(a, chosen)).qt, a);
  for (let i = 0; i < along.rows; i++) {
    for (let j = 0; j < along.cols; j++) left[j]! -= along.data[i * along.cols + j]! ** 2;
  }
  // A residual at the level of rounding is not a direction.
  return left.map((value, j) => (value > 1e-12 * squaredNorms[j]! ? value : 0));
}
