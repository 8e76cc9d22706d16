/**
 * A chain of layers with their weights, as a replacement of one layer. The layers determine the shapes; values are
 * rounded to float32. Only the last part has a bias.
 */
import { type Layer, parametersOf, sizeOf, type WeightedLayer } from '../model/description.ts';
import type { Weight } from '../model/weights.ts';
import type { Replacement } from './replacement.ts';

export type ConvolutionLayer = Extract<Layer, { kind: 'convolution' }>;
export type DenseLayer = Extract<Layer, { kind: 'dense' }>;

export interface ChainPart {
  readonly layer: WeightedLayer;
  /** Values in the layout of the layer's weight; copied. */
  readonly weight: Float32Array | Float64Array;
  readonly bias?: Float32Array | undefined;
}

/** Throws if the values of a part do not fill the shapes of its layer. */
export function chainOf(parts: readonly ChainPart[]): Replacement {
  const weights = new Map<string, Weight>();
  for (const { layer, weight, bias } of parts) {
    const values = bias === undefined ? [weight] : [weight, bias];
    const parameters = parametersOf(layer);
    if (parameters.length !== values.length) {
      throw new Error(`${layer.name} has ${parameters.length} arrays, not ${values.length}`);
    }
    parameters.forEach(({ name, shape }, index) => {
      const data = new Float32Array(values[index]!);
      if (data.length !== sizeOf(shape)) {
        throw new Error(`${name} is [${shape.join(', ')}], but there are ${data.length} values`);
      }
      weights.set(name, { shape, data });
    });
  }
  return { layers: parts.map(({ layer }) => layer), weights };
}

/** The bias of the last part: the bias of the layer, plus the bias that its factorization adds (one value per output). */
export function biasSum(
  bias: Float32Array | undefined,
  added: Float64Array | undefined,
): Float32Array | undefined {
  if (added === undefined) return bias;
  if (bias !== undefined && bias.length !== added.length) {
    throw new RangeError(`${added.length} values can't be added to a bias of ${bias.length}`);
  }
  return Float32Array.from(added, (value, i) => value + (bias?.[i] ?? 0));
}
