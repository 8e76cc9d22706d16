/**
 * How many instances the matrices of a pipeline make, known before any is made.
 *
 * A few short lists multiply to more than any machine holds: such a pipeline is refused with the sizes of
 * its axes, while it still costs nothing.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { type Diagnostic, error } from '../document/diagnostic.ts';
import { type Located, type LocatedMap, textOf } from '../document/located.ts';
import type { Span } from '../document/source.ts';

/** The variable of the environment that sets another limit. */
const VARIABLE = 'PIPELINE_MAX_INSTANCES';

export const DEFAULT_LIMIT = 1_000_000;

/** An input that gathers takes an output from each of many instances, in each of many instances. */
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

/** `begun` is the number of instances that the axes of `product` multiply. */
export function sizeOf(product: LocatedMap, begun = 1): number {
  return axesOf(product).reduce((size, [, { length }]) => size * length, begun);
}

/** Undefined where `wanted` more instances fit beside those that there are. */
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
  const before = already > 0 ? `, beside ${whole(already)} others` : '';
  const noun = wanted === 1 ? 'instance' : 'instances';
  const message = `${what} has ${whole(wanted)} ${noun}${sizes}${before}; the limit is ${whole(limit)}`;
  const suggestion = `shorten an axis, or set ${VARIABLE} to a higher limit`;
  return error(message, product.span, { suggestion });
}

interface Counted {
  /** The instances that the product multiplies. */
  readonly begun: number;
  /** The stage that these are from. */
  readonly each?: string;
  /** Instances that there are beside these. */
  readonly already: number;
  readonly limit: number;
}

/** Undefined where the inputs of a stage and of those before it take `taken` outputs or fewer. */
export function tooManyInputs(
  name: string,
  taken: number,
  limit: number,
  span: Span,
): Diagnostic | undefined {
  const most = limit * INPUTS_PER_INSTANCE;
  if (taken <= most) return undefined;
  const message = `the inputs of "${name}" and of the stages before it take more than ${whole(most)} outputs`;
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
