/**
 * A convolution as three (Kim et al., ICLR 2016): `right` 1x1, S -> r3; `core` kh x kw, r3 -> r4, with the
 * layer's stride and padding; `left` 1x1, r4 -> T, with the bias.
 */

import { transpose } from '../../linalg/matrix.ts';
import type { Kernel, TuckerFactors } from '../../linalg/tucker.ts';
import type { Weight } from '../model/weights.ts';
import { type ConvolutionLayer, chainOf } from './chain.ts';
import type { Replacement } from './replacement.ts';
import { POINTWISE, part } from './schemes/convolution-chain.ts';

/** The input of `linalg/tucker.ts`; shares the memory of the weight. */
export function tuckerKernel(layer: ConvolutionLayer, { data }: Weight): Kernel {
  const [height, width] = layer.kernel;
  return { out: layer.out, in: layer.in, window: height * width, data };
}

/** `bias` is that of the layer. */
export function tuckerChain(
  layer: ConvolutionLayer,
  { in: v, core, out: u }: TuckerFactors,
  bias: Float32Array | undefined,
): Replacement {
  const { kernel, stride, padding } = layer;
  return chainOf([
    part(layer, 'right', [layer.in, v.rows], POINTWISE, v.data),
    part(layer, 'core', [v.rows, u.rows], { kernel, stride, padding }, core.data),
    part(layer, 'left', [u.rows, layer.out], POINTWISE, transpose(u).data, bias),
  ]);
}
