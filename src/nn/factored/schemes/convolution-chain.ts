/**
 * The chain of convolutions for the factors of a kernel's matrix. All parts have stride 1 and no padding unless the
 * options set them.
 *
 * A later part can pad its own input instead of an earlier one, because only the last part has a bias: a part without
 * a bias turns zeros into zeros.
 */
import type { Factorization } from '../../../linalg/methods/compression-method.ts';
import type { Pair } from '../../model/description.ts';
import { biasSum, type ChainPart, type ConvolutionLayer, chainOf } from '../chain.ts';
import type { Replacement } from '../replacement.ts';

/** The properties of the layer that a part keeps. */
export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
}

export const POINTWISE: Window = { kernel: [1, 1], stride: [1, 1], padding: [0, 0] };

/** The windows of the first and last part, and the values of the last in a kernel's layout. */
export interface ConvolutionFactors {
  readonly right: Window;
  readonly left: Window;
  readonly leftWeight: Float32Array | Float64Array;
}

/**
 * The right factor, r x (S * window), already has the layout of a kernel. A bias that the factorization adds has
 * one value per output channel.
 */
export function convolutionChain(
  layer: ConvolutionLayer,
  { left, core, right, bias: added }: Factorization,
  bias: Float32Array | undefined,
  factors: ConvolutionFactors,
): Replacement {
  const total = biasSum(bias, added);
  return chainOf([
    part(layer, 'right', [layer.in, right.rows], factors.right, right.data),
    ...(core === undefined
      ? []
      : [part(layer, 'core', [core.cols, core.rows], POINTWISE, core.data)]),
    part(layer, 'left', [left.cols, layer.out], factors.left, factors.leftWeight, total),
  ]);
}

/** One convolution of a chain, from the first of `channels` to the second. */
export function part(
  layer: ConvolutionLayer,
  name: string,
  channels: Pair,
  window: Window,
  weight: Float32Array | Float64Array,
  bias?: Float32Array,
): ChainPart {
  return {
    layer: {
      kind: 'convolution',
      name: `${layer.name}.${name}`,
      in: channels[0],
      out: channels[1],
      ...window,
      bias: bias !== undefined,
      of: layer.name,
    },
    weight,
    bias,
  };
}
