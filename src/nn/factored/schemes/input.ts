/**
 * Input-channel decomposition: the matrix is (T kh kw) x S.
 *
 * right: 1x1, S -> k; left: kh x kw, k -> T, with the layer's stride and padding. A column of the matrix contains
 * everything that happens to one input channel, so a method that selects columns keeps k input channels.
 * A factorization can't add a bias here, since rows are not outputs.
 */
import { permuteAxes } from '../../../linalg/kernel-matrix.ts';
import { convolutionChain, POINTWISE } from './convolution-chain.ts';
import type { ConvolutionScheme } from './convolution-scheme.ts';

export const input: ConvolutionScheme = {
  name: 'input',
  label: 'input channel',
  matrix(layer, { shape, data }) {
    const cols = layer.in;
    return { rows: data.length / cols, cols, data: permuteAxes(data, shape, [0, 2, 3, 1]) };
  },
  parameters: (layer, rank) => rank * (layer.in + layer.out * layer.kernel[0] * layer.kernel[1]),
  replace(layer, factorization, bias) {
    if (factorization.bias)
      throw new Error('the input scheme does not support a bias of the factorization');
    const { kernel, stride, padding } = layer;
    const { data, cols } = factorization.left;
    return convolutionChain(layer, factorization, bias, {
      right: POINTWISE,
      left: { kernel, stride, padding },
      leftWeight: permuteAxes(data, [layer.out, ...kernel, cols], [0, 3, 1, 2]),
    });
  },
};
