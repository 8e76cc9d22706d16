/**
 * Makes a CUR from a rule that selects columns, in each of its forms. Rows are selected by the same rule from the
 * transposed layer.
 *
 * With two factors, `columns` is never worse than a CUR with the same columns, because its right factor is the best one
 * (least squares), while U R is limited to the rows.
 */
import { bestCore } from '../cores/best.ts';
import { crossCore } from '../cores/cross.ts';
import { storedCoreCutoff, weightCutoff } from '../cores/cutoff.ts';
import type { LayerFactors } from '../factors.ts';
import { solveLeastSquares } from '../least-squares.ts';
import { type Matrix, type Matrix64, takeColumns, takeRows, transpose } from '../matrix.ts';
import { multiply } from '../multiply.ts';
import type { RandomStream } from '../random.ts';
import { scaleColumns } from '../scale.ts';
import type {
  Compress,
  CompressionOptions,
  Factorization,
  LayerToCompress,
} from './compression-method.ts';

/** About `count` columns, in any order; at least one. */
export type SelectColumns = (
  layer: LayerToCompress,
  count: number,
  random: RandomStream,
) => Int32Array;

export function selecting(select: SelectColumns): Compress {
  const ascending: SelectColumns = (layer, count, random) => select(layer, count, random).sort();
  return (layer, rank, random, options = {}) => {
    const count = Math.min(rank, layer.factors.rows, layer.factors.cols);
    switch (options.form ?? 'columns') {
      case 'columns':
        return byColumns(layer, ascending(layer, count, random));
      case 'interpolative':
        return interpolating(layer, ascending(layer, count, random));
      case 'rows': {
        const across = transposed(layer);
        const { left, right, columns, ...rest } = byColumns(
          across,
          ascending(across, count, random),
        );
        return { ...rest, left: transpose(right), right: transpose(left), rows: columns! };
      }
      case 'cur':
      case 'cur-three': {
        const columns = ascending(layer, count, random);
        const most = layer.factors.rows;
        const rowCount = Math.min(most, Math.round(count * (options.oversampling ?? 1)));
        const rows = ascending(transposed(layer), rowCount, random);
        const a = layer.weight();
        const [c, r] = [takeColumns(a, columns), takeRows(a, rows)];
        const core = coreBetween(layer, { c, a, r }, rows, options);
        const kept = { left: c, rank: columns.length, columns, rows };
        if (options.form === 'cur-three') return { ...kept, core, right: r };
        return { ...kept, right: multiply(core, r) };
      }
    }
  };
}

function byColumns(layer: LayerToCompress, columns: Int32Array): Factorization {
  const a = layer.weight();
  const left = takeColumns(a, columns);
  return { left, right: solveLeastSquares(left, a, layer.multiply), rank: columns.length, columns };
}

/** The core between the columns C and the rows R of A, whose indices are `rows`. */
export function coreBetween(
  layer: LayerToCompress,
  { c, a, r }: { readonly c: Matrix; readonly a: Matrix; readonly r: Matrix },
  rows: Int32Array,
  { core, form }: CompressionOptions,
): Matrix64 {
  if (core === 'cross') return crossCore(takeRows(c, rows));
  const cutoff = form === 'cur-three' ? storedCoreCutoff(a) : weightCutoff(a);
  return bestCore(c, a, r, { cutoff, product: layer.multiply });
}

/** At independent columns, least squares gives the identity up to rounding. Here it is exact for all columns. */
function interpolating(layer: LayerToCompress, columns: Int32Array): Factorization {
  const cx = byColumns(layer, columns);
  const right = storable(layer, cx);
  columns.forEach((column, t) => {
    for (let i = 0; i < right.rows; i++) right.data[i * right.cols + column] = i === t ? 1 : 0;
  });
  return { ...cx, right, interpolative: true };
}

/**
 * Columns so small that their coefficients exceed float32 are left out of the least squares of the others, because
 * coefficients next to an identity cannot be scaled.
 */
function storable(layer: LayerToCompress, { left, right }: Factorization): Matrix {
  const kept = Float64Array.from({ length: left.cols }, (_, t) => {
    const coefficients = right.data.subarray(t * right.cols, (t + 1) * right.cols);
    return coefficients.every((value) => Number.isFinite(Math.fround(value))) ? 1 : 0;
  });
  if (kept.every((one) => one === 1)) return right;
  return solveLeastSquares(scaleColumns(left, kept), layer.weight(), layer.multiply);
}

/** Read on use, like the layer. */
function transposed(layer: LayerToCompress): LayerToCompress {
  const { factors } = layer;
  const turned: LayerFactors = {
    ...factors,
    rows: factors.cols,
    cols: factors.rows,
    s: factors.s,
    squaredColumnNorms: factors.squaredRowNorms,
    squaredRowNorms: factors.squaredColumnNorms,
    squaredNorm: factors.squaredNorm,
    ut: (k) => factors.vt(k),
    vt: (k) => factors.ut(k),
  };
  const { multiply: product } = layer;
  return {
    weight: () => transpose(layer.weight()),
    factors: turned,
    ...(product && { multiply: product }),
  };
}
