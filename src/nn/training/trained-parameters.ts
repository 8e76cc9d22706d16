/**
 * Which parameters a training changes, and what samples it is given: both follow from what is asked for
 * (`scope`) and from the description alone.
 *
 * `factors` are the layers that replace a compressed one. Everything else stays as it is then, batch
 * norms included, which keep to their running statistics.
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
 * In the order of the layers, statistics (`buffer`) of the trained batch norms included; none where a
 * model without factors is to have its factors trained.
 */
export function trainedParameters(
  description: ModelDescription,
  scope: TrainingScope,
): readonly ParameterShape[] {
  const { features, classifier } = description;
  const layers = scope === 'classifier' ? classifier : [...features, ...classifier];
  const shapes = parameterShapes(scope === 'factors' ? layers.filter(isFactor) : layers);
  // An interpolation from all inputs has no weights to speak of.
  return shapes.filter(({ shape }) => sizeOf(shape) > 0);
}

/**
 * `classifier` where the samples are activations between the two parts, because nothing below them is
 * trained; `all` where they are images.
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
