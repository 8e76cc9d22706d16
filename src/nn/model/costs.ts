/**
 * The costs of a network: multiply-add operations (MACs) for one image, and bytes of its stored weights. Both follow
 * from the description alone.
 *
 * Counted as described: the copies that the head `published` makes of a 1x1 map are multiplied one by one, though the
 * forward pass here may fold them. Biases, pools, ReLUs and batch norms count no MACs. A value counts 4 bytes,
 * statistics of batch norms included, and an index of an interpolation 4 bytes.
 */
import {
  isWeighted,
  type Layer,
  type ModelDescription,
  parametersOf,
  sizeOf,
} from './description.ts';
import { inferShapes, type Shape, shapesAfter } from './shapes.ts';

export interface Cost {
  readonly macs: number;
  readonly bytes: number;
}

export interface LayerCost extends Cost {
  readonly name: string;
  /** The layer of which this is a factor. */
  readonly of?: string;
}

export interface Costs {
  /** The layers that have weights, in their order. */
  readonly layers: readonly LayerCost[];
  readonly features: Cost;
  readonly classifier: Cost;
  readonly total: Cost;
}

export function costsOf(description: ModelDescription): Costs {
  const shapes = inferShapes(description);
  const features = costsIn(description.features, shapes.features);
  const classifier = costsIn(description.classifier, shapes.classifier);
  const layers = [...features, ...classifier];
  return { layers, features: sum(features), classifier: sum(classifier), total: sum(layers) };
}

/** The MACs of a chain of layers for one sample. */
export function macsOf(layers: readonly Layer[], input: Shape): number {
  return sum(costsIn(layers, shapesAfter(layers, input))).macs;
}

function costsIn(layers: readonly Layer[], shapes: readonly Shape[]): readonly LayerCost[] {
  return layers.flatMap((layer, index) => {
    if (!isWeighted(layer)) return [];
    const values = parametersOf(layer).reduce((count, { shape }) => count + sizeOf(shape), 0);
    const indices = layer.kind === 'interpolation' ? layer.columns.length : 0;
    const of = 'of' in layer && layer.of !== undefined ? { of: layer.of } : {};
    const macs = macsIn(layer, shapes[index]!);
    return [{ name: layer.name, ...of, macs, bytes: 4 * (values + indices) }];
  });
}

/** `output`: the shape after the layer. */
function macsIn(layer: Layer, output: Shape): number {
  switch (layer.kind) {
    case 'convolution':
      return sizeOf(output) * layer.in * sizeOf(layer.kernel);
    case 'dense':
      return layer.in * layer.out;
    case 'interpolation':
      return layer.columns.length * (layer.in - layer.columns.length);
    default:
      return 0;
  }
}

function sum(costs: readonly Cost[]): Cost {
  return {
    macs: costs.reduce((total, { macs }) => total + macs, 0),
    bytes: costs.reduce((total, { bytes }) => total + bytes, 0),
  };
}
