/**
 * Channel decomposition (Zhang et al., TPAMI 38(10), 2016, without their data term; Denton et al., NIPS
 * 2014): the matrix is T x (S kh kw).
 *
 * right: kh x kw, S -> k, with the layer's stride and padding; left: 1x1, k -> T. A row of the matrix is
 * a filter, so a method that selects rows keeps k filters unchanged and combines the others from them.
 */
import { convolutionChain, POINTWISE } from './convolution-chain.ts';
import type { ConvolutionScheme } from './convolution-scheme.ts';

export const channel: ConvolutionScheme = {
  name: 'channel',
  label: 'channel',
  matrix: ({ out }, { data }) => ({ rows: out, cols: data.length / out, data }),
  parameters: (layer, rank) => rank * (layer.in * layer.kernel[0] * layer.kernel[1] + layer.out),
  replace(layer, factorization, bias) {
    const { kernel, stride, padding } = layer;
    return convolutionChain(layer, factorization, bias, {
      right: { kernel, stride, padding },
      left: POINTWISE,
      leftWeight: factorization.left.data,
    });
  },
};
