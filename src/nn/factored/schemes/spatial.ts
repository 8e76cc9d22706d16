/**
 * Spatial decomposition (Jaderberg et al., BMVC 2014, scheme 2, in closed form): the matrix is
 * (T kw) x (S kh).
 *
 * right: kh x 1, S -> k, with the vertical stride and padding; left: 1 x kw, k -> T, with the horizontal
 * ones. A factorization can't add a bias here, since rows are not outputs.
 */
import { permuteAxes } from '../../../linalg/kernel-matrix.ts';
import { convolutionChain } from './convolution-chain.ts';
import type { ConvolutionScheme } from './convolution-scheme.ts';

export const spatial: ConvolutionScheme = {
  name: 'spatial',
  label: 'spatial',
  matrix(layer, { shape, data }) {
    const cols = layer.in * layer.kernel[0];
    return { rows: data.length / cols, cols, data: permuteAxes(data, shape, [0, 3, 1, 2]) };
  },
  parameters: (layer, rank) => rank * (layer.in * layer.kernel[0] + layer.out * layer.kernel[1]),
  replace(layer, factorization, bias) {
    if (factorization.bias)
      throw new Error('the spatial scheme does not support a bias of the factorization');
    const { kernel, stride, padding } = layer;
    const { data, cols } = factorization.left;
    return convolutionChain(layer, factorization, bias, {
      right: { kernel: [kernel[0], 1], stride: [stride[0], 1], padding: [padding[0], 0] },
      left: { kernel: [1, kernel[1]], stride: [1, stride[1]], padding: [0, padding[1]] },
      leftWeight: permuteAxes(data, [layer.out, kernel[1], cols], [0, 2, 1]),
    });
  },
};
