/** What a compression method is: how it is chosen, what it reads, and what it returns. */

import type { LayerFactors } from '../factors.ts';
import type { Matrix } from '../matrix.ts';
import type { RandomStream } from '../random.ts';
import type { Rounding } from '../rank.ts';

export interface CompressionMethod {
  /** As users write it in a configuration. */
  readonly name: string;
  /** As figures show it. */
  readonly label: string;
  readonly family: 'svd' | 'cur';
  /** How the rank for a rate is rounded. */
  readonly rounding: Exclude<Rounding, 'floor'>;
  /** What is done to the layer that gives the classes: kept whole, or factored at its full rank. */
  readonly lastLayer: 'keep' | 'factor';
  /** Whether the result depends on the stream; if not, one seed says all. */
  readonly random: boolean;
  /**
   * Factors of the layer for `rank` >= 1. Finite where ||A||_F^2 is (as a float32), also for a rank above
   * the layer's numerical rank. Reads only what it needs of the layer.
   */
  compress(layer: LayerToCompress, rank: number, random: RandomStream): Factorization;
}

/** An m x n layer. Both parts may be backed by a file and read when they are used. */
export interface LayerToCompress {
  /** The weight itself; a method that can do without doesn't call it. */
  weight(): Matrix;
  readonly factors: LayerFactors;
}

/** A ~ left * right. */
export interface Factorization {
  /** m x c. */
  readonly left: Matrix;
  /** c x n. */
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
}
