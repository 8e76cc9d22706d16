/**
 * Rows or columns of A by DEIM on the singular vectors of A S^(1/2).
 *
 * With rows R, the best left factor depends on the inputs: F = argmin ||(A - F R) X||_F = A S R^T (R S R^T)^+. The rows
 * are the outputs from which the others are interpolated, so ||(A - F R) X||_F is at most eta times that of the best
 * approximation of rank k, with eta = 1 / s_min(U_k(:, I)) (Sorensen & Embree 2016, for the rows of A X).
 *
 * With columns C, E = argmin ||(A - C E) X||_F = C^+ A for any inputs. No such bound holds, because the columns of A
 * need not span the outputs that occur. In our tests rows were much nearer, so they are the default.
 */
import { solveLeastSquares } from '../../least-squares.ts';
import { takeColumns, takeRows, transpose } from '../../matrix.ts';
import { randomStream } from '../../random.ts';
import { scaleRows } from '../../scale.ts';
import { selectByDeim } from '../../selection/deim.ts';
import { selecting } from '../column-selection.ts';
import type { Factorization } from '../compression-method.ts';
import type { Fit, LayerToFit } from './layer-to-fit.ts';

export const curWhitened: Fit = (layer, rank, options = {}) => {
  if ((options.form ?? 'rows') === 'rows') return byRows(layer, rank);
  const { whitened } = layer;
  const byDeim = selecting((_, count) => selectByDeim(whitened.vt(count), count));
  return byDeim(layer, rank, randomStream(0), options);
};

function byRows({ whitened, weight }: LayerToFit, asked: number): Factorization {
  const count = Math.min(asked, whitened.rows, whitened.cols);
  const rows = selectByDeim(whitened.ut(count), count).sort();
  // In the basis of V, the outputs are U diag(s). Least squares needs no Gram matrix of them.
  const outputs = scaleRows(whitened.ut(whitened.s.length), whitened.s);
  const left = transpose(solveLeastSquares(takeColumns(outputs, rows), outputs));
  return { left, right: takeRows(weight(), rows), rank: rows.length, rows };
}
