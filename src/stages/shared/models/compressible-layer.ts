/** A layer that can be factored, as matrices of outputs by inputs. Its model can have any form. */
import type { Matrix } from '../../../linalg/matrix.ts';
import type { Factorization } from '../../../linalg/methods/compression-method.ts';
import { sizeOf } from '../../../nn/model/description.ts';
import type { Weights } from '../../../nn/model/weights.ts';

/** What is stored instead of a layer. */
export interface StoredFactors {
  /** All arrays by name, as stored. The names of biases end with `.bias`. */
  readonly weights: Weights;
}

export interface LayerMatrix {
  /** The name of its factors. */
  readonly factors: string;
  /** In float32. */
  matrix(): Matrix;
}

/** `R`: the replacement, in the form of the layer's model. */
export interface CompressibleLayer<R extends StoredFactors = StoredFactors> {
  readonly name: string;
  readonly kind: 'dense' | 'convolution';
  /** m x n. The matrices of groups are below one another, so `rows` are those of all groups together. */
  readonly rows: number;
  readonly cols: number;
  readonly biases: number;
  /** Whether this layer computes the classes. */
  readonly last: boolean;
  /** One, or for a convolution with groups one for each of them, all of the same size. */
  readonly matrices: readonly LayerMatrix[];
  /**
   * The factors, which are float32, as the model stores them: those of a model with 16-bit floats are rounded. Default:
   * unchanged.
   */
  round?(factorization: Factorization): Factorization;
  /** One factorization for each matrix. They have the same ranks. */
  replace(factorizations: readonly Factorization[]): R;
}

/** A layer that stays as it is, and why. */
export interface WholeLayer {
  readonly name: string;
  readonly reason: string;
}

/** The number of weights of a replacement, biases included. */
export function weightsIn({ weights }: StoredFactors): number {
  return [...weights.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

export function biasesIn({ weights }: StoredFactors): number {
  const biases = [...weights].filter(([name]) => name.endsWith('.bias'));
  return biases.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);
}
