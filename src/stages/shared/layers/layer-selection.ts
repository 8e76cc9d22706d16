/** Which layers of a model a stage factors. */
import * as v from 'valibot';
import { chooseNames } from '../../../base/name-patterns.ts';

/** Dense layers only, convolutions as well, or the layers whose names match the patterns. */
export type LayerSelection = 'dense' | 'all' | readonly string[];

export const patternsSchema = v.pipe(
  v.array(v.pipe(v.string(), v.nonEmpty())),
  v.minLength(1),
  v.description(
    'Patterns for the names of layers, such as ["classifier.*", "!*.head"]. The last one that matches decides.',
  ),
);

interface Named {
  readonly name: string;
  readonly kind: 'dense' | 'convolution';
}

/**
 * `all`: every layer that a pattern may match. An `ExpectedError` reports a pattern that matches none of them.
 */
export function selectLayers<L extends Named>(
  layers: readonly L[],
  selection: LayerSelection,
  all: readonly { readonly name: string }[] = layers,
): readonly L[] {
  if (selection === 'all') return layers;
  if (selection === 'dense') return layers.filter(({ kind }) => kind === 'dense');
  const names = all.map(({ name }) => name);
  const choices = chooseNames(selection, names, 'layers');
  return layers.filter(({ name }) => choices.get(name)!.selected);
}
