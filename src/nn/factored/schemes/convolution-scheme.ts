/**
 * A scheme says how a convolution becomes a matrix, and how two factors of that matrix become layers.
 *
 * The kernel is [T, S, kh, kw] (out, in, height, width). A scheme deals its axes to the rows and the
 * columns of a matrix so that the output channels are among the rows and the input channels among the
 * columns, as in a dense layer; so any matrix method applies, and the right factor is what acts first.
 * (Papers that write the transpose of such a matrix have the same factors, exchanged.) Factors of rank
 * min(m, n) give back the layer up to rounding.
 */
import type { Matrix } from '../../../linalg/matrix.ts';
import type { Factorization } from '../../../linalg/methods/compression-method.ts';
import type { Weight } from '../../model/weights.ts';
import type { ConvolutionLayer } from '../chain.ts';
import type { Replacement } from '../replacement.ts';

export interface ConvolutionScheme {
  /** As users write it in a configuration. */
  readonly name: string;
  /** As figures show it. */
  readonly label: string;
  /** The kernel as a float32 matrix; may share its memory. */
  matrix(layer: ConvolutionLayer, weight: Weight): Matrix;
  /** Weights stored for factors of `rank`, without the bias. */
  parameters(layer: ConvolutionLayer, rank: number): number;
  /**
   * The chain `name.right`, `name.core` (1x1, where the factorization has one), `name.left`; only the
   * last has a bias. `bias` is the layer's. Throws where the factors don't have the matrix's shape.
   */
  replace(
    layer: ConvolutionLayer,
    factorization: Factorization,
    bias: Float32Array | undefined,
  ): Replacement;
}
