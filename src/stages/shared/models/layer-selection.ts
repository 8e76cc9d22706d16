/** Which layers of a model a stage factors. */
import * as v from 'valibot';
import { selectNames } from '../../../base/name-patterns.ts';
import { StageError } from '../../../runner/index.ts';

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

/** `all`: every layer that could be selected, for the error about a pattern that matches none of them. */
export function selectLayers<L extends Named>(
  layers: readonly L[],
  selection: LayerSelection,
  all: readonly { readonly name: string }[] = layers,
): readonly L[] {
  if (selection === 'all') return layers;
  if (selection === 'dense') return layers.filter(({ kind }) => kind === 'dense');
  const names = all.map(({ name }) => name);
  const { selected, unmatched } = selectNames(names, selection);
  if (unmatched.length > 0) {
    throw new StageError(
      `no layer matches ${unmatched.map((pattern) => JSON.stringify(pattern)).join(', ')}`,
      `the layers are ${listed(names)}`,
    );
  }
  return layers.filter(({ name }) => selected.has(name));
}

/** At most this many names are listed in a message. */
const MOST_LISTED = 12;

function listed(names: readonly string[]): string {
  if (names.length <= MOST_LISTED) return names.join(', ');
  return `${names.slice(0, MOST_LISTED).join(', ')} and ${names.length - MOST_LISTED} more`;
}
