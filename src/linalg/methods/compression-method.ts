/** What a compression method reads, and what it returns. */

import type { LayerFactors } from '../factors.ts';
import type { Matrix } from '../matrix.ts';
import type { Multiply } from '../multiply.ts';
import type { RandomStream } from '../random.ts';
import type { LayerStatistics } from '../statistics.ts';
import type { Form, MethodFacts } from './names.ts';

export interface CompressionMethod extends MethodFacts {
  readonly compress: Compress;
}

/**
 * Factors of the layer for `rank` >= 1. Finite where ||A||_F^2 is (as a float32), also for a rank above
 * the layer's numerical rank. Reads only what it needs of the layer.
 */
export type Compress = (
  layer: LayerToCompress,
  rank: number,
  random: RandomStream,
  options?: CompressionOptions,
) => Factorization;

export interface CompressionOptions {
  readonly form?: Form;
  /** What stands between columns and rows: C^+ A R^+, or the pseudoinverse of where they cross. */
  readonly core?: 'best' | 'cross';
  /** Rows kept, over the columns; 1 or more. More of them cost nothing in two factors. */
  readonly oversampling?: number;
}

/** An m x n layer. All parts may be backed by a file and read when they are used. */
export interface LayerToCompress {
  /** The weight itself; a method that can do without doesn't call it. */
  weight(): Matrix;
  readonly factors: LayerFactors;
  /** Of what the layer receives; there for the methods that need it. */
  readonly statistics?: LayerStatistics;
  /** Products with the weight, where it is large. Default: in float64, in this thread. */
  readonly multiply?: Multiply;
}

/** A ~ left * right, or left * core * right. */
export interface Factorization {
  /** m x c. */
  readonly left: Matrix;
  /** c x r, where three factors are kept. */
  readonly core?: Matrix;
  /** c x n, or r x n. */
  readonly right: Matrix;
  /**
   * c, the inner size that is stored. It can differ from the rank asked for: the SVD has no more than
   * the numerical rank, leverage sampling keeps a random number. Counts of parameters come from here.
   */
  readonly rank: number;
  /** The columns of A (inputs of the layer) that `left` is made of; ascending, with repeats if drawn twice. */
  readonly columns?: Int32Array;
  /** The rows of A (outputs of the layer) that `right` is made of; ascending, with repeats if drawn twice. */
  readonly rows?: Int32Array;
  /** `right` holds the identity at `columns`, which need not be stored. */
  readonly interpolative?: true;
  /** m values to be added to the layer's bias. */
  readonly bias?: Float64Array;
}
