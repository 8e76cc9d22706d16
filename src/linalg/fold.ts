/**
 * Folds an average pool and the dense layer after it into one dense layer on the map. Both are linear, so the outputs
 * are the same. If the pool only copies the values of a small map, the layer has as many times too many weights: 49 for
 * the 7 x 7 pool of VGG on a 1 x 1 map.
 */

import { type Matrix, type Matrix64, zeros } from './matrix.ts';

/** An adaptive average pool from a height x width map to a size x size one. */
export interface AveragePool {
  readonly height: number;
  readonly width: number;
  readonly size: number;
}

/**
 * The weight (m x channels height width) whose effect on a map is that of `weight` (m x channels size^2) on the pooled
 * map. In both, the positions of a channel are together, row by row (PyTorch's order of flattening). The bias of the
 * layer stays the same.
 *
 * The folded layer computes the same outputs but trains differently. With copies, one step of Adam moves each copy of a
 * weight, so their sum moves by that many steps.
 */
export function foldAveragePool(weight: Matrix, pool: AveragePool): Matrix64 {
  const cells = pool.size ** 2;
  const positions = pool.height * pool.width;
  const channels = weight.cols / cells;
  if (!Number.isInteger(channels)) {
    throw new RangeError(`${weight.cols} inputs are not channels of ${cells} cells`);
  }
  // A map of one position: its cells are copies.
  if (positions === 1) return sums(weight, cells);
  const shares = cellShares(pool);
  const folded = zeros(weight.rows, channels * positions);
  // Rows and channels are treated the same: each is a block of `cells` weights.
  for (let block = 0; block < weight.rows * channels; block++) {
    for (const { cell, position, share } of shares) {
      folded.data[block * positions + position]! += share * weight.data[block * cells + cell]!;
    }
  }
  return folded;
}

/** The sums of `count` neighbours each, from the first one. */
function sums({ rows, cols, data }: Matrix, count: number): Matrix64 {
  const all = zeros(rows, cols / count);
  for (let i = 0, from = 0; i < all.data.length; i++) {
    let sum = 0;
    for (const end = from + count; from < end; from++) sum += data[from]!;
    all.data[i] = sum;
  }
  return all;
}

interface Share {
  readonly cell: number;
  readonly position: number;
  /** The weight of the position in the cell. */
  readonly share: number;
}

function cellShares({ height, width, size }: AveragePool): Share[] {
  const shares: Share[] = [];
  for (let cell = 0; cell < size ** 2; cell++) {
    const rows = cellSpan(Math.floor(cell / size), size, height);
    const columns = cellSpan(cell % size, size, width);
    const share = 1 / ((rows.end - rows.start) * (columns.end - columns.start));
    for (let row = rows.start; row < rows.end; row++) {
      for (let column = columns.start; column < columns.end; column++) {
        shares.push({ cell, position: row * width + column, share });
      }
    }
  }
  return shares;
}

/** PyTorch's cells. They overlap if the sizes do not divide. */
function cellSpan(index: number, size: number, extent: number) {
  const start = Math.floor((index * extent) / size);
  return { start, end: Math.ceil(((index + 1) * extent) / size) };
}
