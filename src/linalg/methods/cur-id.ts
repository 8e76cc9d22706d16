/**
 * Randomized interpolative decomposition (Liberty et al., PNAS 104(51), 2007): pivoted QR of a Gaussian sketch of the
 * rows. Takes O(mn (c + 10)) and no SVD.
 */

import { type Matrix64, zeros } from '../matrix.ts';
import { multiply } from '../multiply.ts';
import type { RandomStream } from '../random.ts';
import { selectByPivotedQr } from '../selection/pivoted-columns.ts';
import { selecting } from './column-selection.ts';

const OVERSAMPLING = 10;

export const curId = selecting((layer, count, random) => {
  const a = layer.weight();
  const rows = Math.min(count + OVERSAMPLING, a.rows);
  return selectByPivotedQr(multiply(gaussian(rows, a.rows, random), a), count);
});

function gaussian(rows: number, cols: number, random: RandomStream): Matrix64 {
  const omega = zeros(rows, cols);
  for (let i = 0; i < omega.data.length; i++) omega.data[i] = random.normal();
  return omega;
}
