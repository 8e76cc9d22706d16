/** A layer that can be factored, as matrices of outputs by inputs. Its model can have any form. */
import type { Matrix } from '../../../linalg/matrix.ts';
import type { Factorization } from '../../../linalg/methods/compression-method.ts';
import { sizeOf } from '../../../nn/model/description.ts';
import type { Weights } from '../../../nn/model/weights.ts';
import type { Costs } from './budget-units.ts';

/** What is stored instead of a layer. */
export interface StoredFactors {
  /** All arrays by name, as stored. The names of biases end with `.bias`. */
  readonly weights: Weights;
  /** The bytes of the weights, without biases. Default: those of float32. */
  readonly bytes?: number;
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
  /** Bytes of a weight as it is stored. Default: 4. */
  readonly weightBytes?: number;
  /** The outputs that have one scale each in 8 bits. The rows of an output follow one another. */
  readonly outputs?: number;
  /** Multiply-add operations for one sample; unknown if missing. */
  macs?(form: string | null): Costs | undefined;
  /**
   * The factors, which are float32, as the model stores them: those of a model with 16-bit floats are rounded, and those
   * in 8 bits too. Default: unchanged.
   */
  round?(factorization: Factorization, int8: boolean): Factorization;
  /** The whole layer in 8 bits; missing if its model has no such form. */
  inInt8?(): WholeInInt8<R>;
  /** One factorization for each matrix. They have the same ranks. */
  replace(factorizations: readonly Factorization[]): R;
}

export interface WholeInInt8<R> {
  readonly replacement: R;
  readonly relativeError: number;
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

/** The number of weights of a replacement without its biases. */
export function factorsIn({ weights }: StoredFactors): number {
  const factors = [...weights].filter(([name]) => !name.endsWith('.bias'));
  return factors.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);
}
