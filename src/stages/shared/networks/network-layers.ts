/**
 * The layers of our own networks that can be factored. A dense layer is a matrix already; the scheme decides the
 * matrix of a convolution.
 *
 * The first convolution is left out: it has few weights, and all later layers depend on it.
 */
import type { ConvolutionLayer } from '../../../nn/factored/chain.ts';
import { denseChain } from '../../../nn/factored/dense.ts';
import type { Replacement } from '../../../nn/factored/replacement.ts';
import { convolutionSchemes } from '../../../nn/factored/schemes/index.ts';
import type { ModelDescription } from '../../../nn/model/description.ts';
import { inferShapes } from '../../../nn/model/shapes.ts';
import type { Network } from '../../../nn/model/weights.ts';
import type { CompressibleLayer } from '../layers/compressible-layer.ts';
import { convolutionMacs, denseMacs } from '../ranks/layer-macs.ts';
import { denseLayers, weightOf } from './dense-layers.ts';

export function compressibleDense(model: Network): readonly CompressibleLayer<Replacement>[] {
  const layers = denseLayers(model.description);
  return layers.map((layer) => ({
    name: layer.name,
    kind: 'dense',
    rows: layer.out,
    cols: layer.in,
    biases: layer.bias ? layer.out : 0,
    last: layer === layers.at(-1),
    macs: (form) => denseMacs({ rows: layer.out, cols: layer.in }, 1, form),
    matrices: [{ factors: layer.name, matrix: () => weightOf(model, layer.name) }],
    replace: ([factorization]) => denseChain(layer, factorization!, biasOf(model, layer.name)),
  }));
}

export function compressibleConvolutions(
  model: Network,
  schemeName: string,
): readonly CompressibleLayer<Replacement>[] {
  const scheme = convolutionSchemes.find(({ name }) => name === schemeName)!;
  const { input, features } = model.description;
  const shapes = inferShapes(model.description).features;
  return laterConvolutions(model.description).map((layer) => {
    const weight = model.weights.get(`${layer.name}.weight`)!;
    const { rows, cols } = scheme.matrix(layer, weight);
    return {
      name: layer.name,
      kind: 'convolution',
      rows,
      cols,
      biases: layer.bias ? layer.out : 0,
      last: false,
      macs: (form) => {
        const at = features.indexOf(layer);
        const [before, after] = [shapes[at - 1] ?? input, shapes[at]!];
        const kernel = { shape: [layer.out, layer.in, ...layer.kernel], groups: 1 };
        const extents = { input: before.slice(0, 2), output: after.slice(0, 2) };
        return convolutionMacs(kernel, scheme.name, extents, form);
      },
      matrices: [
        { factors: `${layer.name}@${scheme.name}`, matrix: () => scheme.matrix(layer, weight) },
      ],
      replace: ([factorization]) =>
        scheme.replace(layer, factorization!, biasOf(model, layer.name)),
    };
  });
}

/** All convolutions except the first. */
export function laterConvolutions({ features }: ModelDescription): readonly ConvolutionLayer[] {
  return features.filter((layer) => layer.kind === 'convolution').slice(1);
}

export function biasOf({ weights }: Network, layer: string): Float32Array | undefined {
  return weights.get(`${layer}.bias`)?.data;
}
