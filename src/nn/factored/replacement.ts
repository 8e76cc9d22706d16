/**
 * The replacement of a compressed layer: a chain of layers with the same input and output, and their
 * weights.
 */
import type { Layer, ModelDescription } from '../model/description.ts';
import type { Network, Weights } from '../model/weights.ts';

export interface Replacement {
  readonly layers: readonly Layer[];
  readonly weights: Weights;
}

/** By the names of the replaced layers. */
export type Replacements = ReadonlyMap<string, Replacement>;

/** A model in which some layers are replaced. It shares the other layers with the given model. */
export function replaceLayers(model: Network, replacements: Replacements): Network {
  const weights = new Map(model.weights);
  for (const [name, replacement] of replacements) {
    for (const parameter of model.weights.keys()) {
      if (parameter.startsWith(`${name}.`)) weights.delete(parameter);
    }
    for (const [parameter, weight] of replacement.weights) weights.set(parameter, weight);
  }
  const layersOf = (name: string) => replacements.get(name)?.layers;
  return { description: describeReplaced(model.description, layersOf), weights };
}

/** The description alone, before any weights are known. */
export function describeReplaced(
  description: ModelDescription,
  layersOf: (name: string) => readonly Layer[] | undefined,
): ModelDescription {
  const chain = (layers: readonly Layer[]) =>
    layers.flatMap((layer) => ('name' in layer && layersOf(layer.name)) || [layer]);
  return {
    ...description,
    features: chain(description.features),
    classifier: chain(description.classifier),
  };
}
