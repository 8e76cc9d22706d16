/** The input and output of a compression method. */
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
 * Factors of the layer for `rank` >= 1. They are finite if ||A||_F^2 is (as a float32), even for a rank above the
 * layer's numerical rank. Reads only the parts of the layer that it needs.
 */
export type Compress = (
  layer: LayerToCompress,
  rank: number,
  random: RandomStream,
  options?: CompressionOptions,
) => Factorization;

export interface CompressionOptions {
  readonly form?: Form;
  /** The core between columns and rows: C^+ A R^+, or the pseudoinverse of their intersection. */
  readonly core?: 'best' | 'cross';
  /** Selected rows, divided by selected columns; at least 1. More rows cost nothing in two factors. */
  readonly oversampling?: number;
}

/** An m x n layer. Parts may be in a file and are then read on use. */
export interface LayerToCompress {
  /** The weight itself. Methods that do not need it do not call this. */
  weight(): Matrix;
  readonly factors: LayerFactors;
  /** Statistics of the inputs and outputs of the layer, for the methods that need them. */
  readonly statistics?: LayerStatistics;
  /** Products with the weight, if it is large. Default: float64, in this thread. */
  readonly multiply?: Multiply;
}

/** A ~ left * right, or left * core * right. */
export interface Factorization {
  /** m x c. */
  readonly left: Matrix;
  /** c x r, if there are three factors. */
  readonly core?: Matrix;
  /** c x n, or r x n. */
  readonly right: Matrix;
  /**
   * c, the stored inner size. It can differ from the requested rank: the SVD stops at the numerical rank, and leverage
   * sampling keeps a random number. Parameters are counted from it.
   */
  readonly rank: number;
  /** The columns of A (inputs of the layer) in `left`. Ascending; a column that was drawn twice is repeated. */
  readonly columns?: Int32Array;
  /** The rows of A (outputs of the layer) in `right`. Ascending; a row that was drawn twice is repeated. */
  readonly rows?: Int32Array;
  /** `right` contains the identity at `columns`, which is not stored. */
  readonly interpolative?: true;
  /** m values to add to the bias of the layer. */
  readonly bias?: Float64Array;
}
