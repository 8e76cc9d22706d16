/**
 * Counts the instances of a pipeline before they are created.
 *
 * A few short lists can multiply to more instances than fit into memory. Such a pipeline is rejected early, with
 * a message that shows the sizes of its axes.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { type Diagnostic, error } from '../document/diagnostic.ts';
import { type Located, type LocatedMap, textOf } from '../document/located.ts';
import type { Span } from '../document/source.ts';

/** The environment variable that changes the limit. */
const VARIABLE = 'PIPELINE_MAX_INSTANCES';

export const DEFAULT_LIMIT = 1_000_000;

/** If many instances each gather many others, the number of inputs grows faster than the number of instances. */
const INPUTS_PER_INSTANCE = 10;

export function limitFrom(
  environment: Readonly<Record<string, string | undefined>>,
): Result<number, Diagnostic> {
  const given = environment[VARIABLE] ?? '';
  if (given === '') return ok(DEFAULT_LIMIT);
  const limit = Number(given);
  if (Number.isInteger(limit) && limit > 0) return ok(limit);
  const message = `the environment variable ${VARIABLE} is "${given}", which is not a number of instances`;
  const suggestion = `set it to a whole number above 0; without it the limit is ${whole(DEFAULT_LIMIT)}`;
  return fail(error(message, undefined, { suggestion }));
}

/** `begun` is the number of instances that are multiplied by the axes of `product`. */
export function sizeOf(product: LocatedMap, begun = 1): number {
  return axesOf(product).reduce((size, [, { length }]) => size * length, begun);
}

/** Undefined if the instances of `product` and the existing ones stay within the limit. */
export function tooMany(
  what: string,
  product: LocatedMap,
  { begun, each, already, limit }: Counted,
): Diagnostic | undefined {
  const wanted = sizeOf(product, begun);
  if (already + wanted <= limit) return undefined;
  const axes = axesOf(product).map(([axis, { length }]) => `${axis}: ${whole(length)}`);
  const factors = [...(each === undefined ? [] : [`each ${each}: ${whole(begun)}`]), ...axes];
  const sizes = factors.length > 0 ? ` (${factors.join(', ')})` : '';
  const before = already > 0 ? `, in addition to ${whole(already)} others` : '';
  const noun = wanted === 1 ? 'instance' : 'instances';
  const message = `${what} has ${whole(wanted)} ${noun}${sizes}${before}; the limit is ${whole(limit)}`;
  const suggestion = `shorten an axis, or set ${VARIABLE} to a higher limit`;
  return error(message, product.span, { suggestion });
}

interface Counted {
  /** The number of instances that the product multiplies. */
  readonly begun: number;
  /** The stage of these instances. */
  readonly each?: string;
  /** The number of instances that exist already. */
  readonly already: number;
  readonly limit: number;
}

/** Undefined if `taken`, the number of outputs used by the inputs of all stages so far, is within the limit. */
export function tooManyInputs(
  name: string,
  taken: number,
  limit: number,
  span: Span,
): Diagnostic | undefined {
  const most = limit * INPUTS_PER_INSTANCE;
  if (taken <= most) return undefined;
  const message = `the inputs of "${name}" and of the stages before it use more than ${whole(most)} outputs`;
  const suggestion = `gather fewer instances per input, or set ${VARIABLE} to a higher limit than ${whole(limit)}`;
  return error(message, span, { suggestion });
}

/** Axis -> its distinct values. */
function axesOf(product: LocatedMap): [axis: string, values: { readonly length: number }][] {
  return [...product.entries].map(([axis, { value }]) => [axis, distinct(value)]);
}

function distinct(node: Located): { readonly length: number } {
  if (node.kind !== 'list') return { length: 1 };
  const texts = new Set<unknown>(
    node.items.map((item) => (item.kind === 'scalar' ? textOf(item) : item)),
  );
  return { length: texts.size };
}

function whole(count: number): string {
  return count.toLocaleString('en-US');
}
