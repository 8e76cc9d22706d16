/**
 * Which parameters a training changes, and which samples it needs. Both follow from the requested `scope` and the
 * description.
 *
 * `factors` are the layers that replace a compressed one. Everything else is then constant, batch norms included,
 * which use their running statistics.
 */
import {
  type Layer,
  type ModelDescription,
  type ParameterShape,
  type Part,
  parameterShapes,
  sizeOf,
} from '../model/description.ts';

export type TrainingScope = 'all' | 'classifier' | 'factors';

/**
 * In the order of the layers, statistics (`buffer`) of the trained batch norms included. Empty if a model without
 * factors is to train its factors.
 */
export function trainedParameters(
  description: ModelDescription,
  scope: TrainingScope,
): readonly ParameterShape[] {
  const { features, classifier } = description;
  const layers = scope === 'classifier' ? classifier : [...features, ...classifier];
  const shapes = parameterShapes(scope === 'factors' ? layers.filter(isFactor) : layers);
  // An interpolation of all inputs has no weights.
  return shapes.filter(({ shape }) => sizeOf(shape) > 0);
}

/**
 * `classifier` if the samples are activations between the two parts, because nothing below them is trained; `all` if
 * they are images.
 */
export function sampledPart(
  description: ModelDescription,
  scope: TrainingScope,
): 'all' | Extract<Part, 'classifier'> {
  if (scope !== 'factors') return scope;
  return description.features.some(isFactor) ? 'all' : 'classifier';
}

function isFactor(layer: Layer): boolean {
  return 'of' in layer && layer.of !== undefined;
}
