/**
 * All layers of a network with names. Layers without weights get the names that they have in torchvision's VGG and in a
 * `Sequential`: `features.1` for the ReLU behind `features.0`, and `avgpool` and `flatten` between the parts. The factors
 * of a layer count as one.
 */
import { isWeighted, type Layer, type ModelDescription } from '../model/description.ts';
import { inferShapes, type Shape } from '../model/shapes.ts';

export interface NamedLayer {
  readonly name: string;
  readonly layer: Layer;
  /** The shape of one sample before the layer. */
  readonly input: Shape;
}

/** In the order in which they run. */
export function namedLayers(description: ModelDescription): readonly NamedLayer[] {
  const { features, classifier, input } = description;
  const shapes = inferShapes(description);
  const before = [input, ...shapes.features, ...shapes.classifier];
  const taken = takenNames([...features, ...classifier]);
  const names = [
    ...namesIn('features', features, taken),
    ...namesIn('classifier', classifier, taken),
  ];
  return [...features, ...classifier].map((layer, index) => {
    return { name: names[index]!, layer, input: before[index]! };
  });
}

/** The names of layers and of the modules around them. */
function takenNames(layers: readonly Layer[]): Set<string> {
  const names = layers.filter(isWeighted).flatMap(({ name }) => {
    const parts = name.split('.');
    return parts.map((_, index) => parts.slice(0, index + 1).join('.'));
  });
  return new Set(names);
}

function namesIn(part: string, layers: readonly Layer[], taken: Set<string>): readonly string[] {
  let position = 0;
  let last: string | undefined;
  return layers.map((layer) => {
    if (isWeighted(layer)) {
      const whole = 'of' in layer && layer.of !== undefined ? layer.of : layer.name;
      if (whole !== last) position++;
      last = whole;
      return layer.name;
    }
    last = undefined;
    switch (layer.kind) {
      case 'adaptive-average-pool':
        return freeName('avgpool', taken);
      case 'flatten':
        return freeName('flatten', taken);
      default:
        return freeName(`${part}.${position++}`, taken);
    }
  });
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  while (taken.has(name)) name += '_';
  taken.add(name);
  return name;
}
