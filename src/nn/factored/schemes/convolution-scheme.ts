/**
 * A scheme says how a convolution becomes a matrix, and how two factors of that matrix become layers.
 *
 * The kernel is [T, S, kh, kw] (out, in, height, width). A scheme assigns its axes to the rows and columns of a matrix.
 * The output channels are always among the rows and the input channels among the columns, as in a dense layer. So
 * every matrix method applies, and the right factor acts first. (Papers that write the transpose of such a matrix have
 * the same factors, exchanged.) Factors of rank min(m, n) reproduce the layer up to rounding.
 */
import type { Matrix } from '../../../linalg/matrix.ts';
import type { Factorization } from '../../../linalg/methods/compression-method.ts';
import type { Weight } from '../../model/weights.ts';
import type { ConvolutionLayer } from '../chain.ts';
import type { Replacement } from '../replacement.ts';

export interface ConvolutionScheme {
  /** The name in a configuration. */
  readonly name: string;
  /** The name in figures. */
  readonly label: string;
  /** The kernel as a float32 matrix. It may share the kernel's memory. */
  matrix(layer: ConvolutionLayer, weight: Weight): Matrix;
  /** The number of weights stored for factors of `rank`, without the bias. */
  parameters(layer: ConvolutionLayer, rank: number): number;
  /**
   * The chain `name.right`, `name.core` (1x1, if the factorization has one), `name.left`. Only the last has a bias.
   * `bias` is that of the layer. Throws if the factors do not have the shape of the matrix.
   */
  replace(
    layer: ConvolutionLayer,
    factorization: Factorization,
    bias: Float32Array | undefined,
  ): Replacement;
}
