/**
 * A dense layer behind an average pool, as one dense layer on the map itself. Both are linear, so nothing
 * is lost; where the pool only copies the values of a small map, the layer has as many times too many
 * weights: 49 for the 7 x 7 pool of VGG behind a 1 x 1 map.
 */

import { type Matrix, type Matrix64, zeros } from './matrix.ts';

/** An adaptive average pool from a height x width map to a size x size one. */
export interface AveragePool {
  readonly height: number;
  readonly width: number;
  readonly size: number;
}

/**
 * The weight (m x channels height width) that does to a map what `weight` (m x channels size^2) does to its
 * pooled map; in both a channel's positions are together, row by row (PyTorch's order of flattening). The
 * bias of the layer stays as it is.
 *
 * It computes the same outputs; it does not learn the same: equal weights of copies were each moved by a
 * step of Adam, and their sum with them by as many steps.
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
  // Rows and channels alike: each is a block of `cells` weights.
  for (let block = 0; block < weight.rows * channels; block++) {
    for (const { cell, position, share } of shares) {
      folded.data[block * positions + position]! += share * weight.data[block * cells + cell]!;
    }
  }
  return folded;
}

/** Of each `count` neighbours in a row, from the first on. */
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
  /** How much the position counts in the cell. */
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

/** PyTorch's cells: they overlap where the sides don't divide. */
function cellSpan(index: number, size: number, extent: number) {
  const start = Math.floor((index * extent) / size);
  return { start, end: Math.ceil(((index + 1) * extent) / size) };
}
