/** The stages that DVC makes of a declared stage: one, or one per iteration of a `foreach` or `matrix`. */
import { type Located, type LocatedMap, type LocatedScalar, tooMany } from '../runner/index.ts';
import type { DvcStage } from './dvc-file.ts';
import type { Findings } from './findings.ts';
import type { Resolver, Scope } from './resolver.ts';

export interface Iteration {
  /** The part of the name after the `@`; undefined without `foreach` and `matrix`. */
  readonly key: string | undefined;
  /** `item`, `key`. */
  readonly items: ReadonlyMap<string, Located>;
}

export interface Iterations {
  readonly iterations: readonly Iteration[];
  /** The values by axis; `item` is the axis of a `foreach`. */
  readonly data: ReadonlyMap<string, Located>;
}

const once: Iterations = { iterations: [{ key: undefined, items: new Map() }], data: new Map() };

/** The number of instances so far, and its limit. */
export interface Counted {
  readonly already: number;
  readonly limit: number;
}

/** Undefined if the axes can't be known, or if they are too large, which is reported. */
export function iterationsOf(
  stage: DvcStage,
  scope: Scope,
  resolver: Resolver,
  findings: Findings,
  counted: Counted,
): Iterations | undefined {
  if (stage.foreach) return foreachIterations(stage, scope, resolver, findings, counted);
  if (stage.matrix) return matrixIterations(stage, scope, resolver, findings, counted);
  return once;
}

/** Whether there are too many, which is reported. */
function isTooMany(
  { name }: DvcStage,
  axes: LocatedMap,
  findings: Findings,
  { already, limit }: Counted,
): boolean {
  const refusal = tooMany(`the stage "${name}"`, axes, { begun: 1, already, limit });
  if (refusal) findings.problem(refusal);
  return refusal !== undefined;
}

function foreachIterations(
  stage: DvcStage,
  scope: Scope,
  resolver: Resolver,
  findings: Findings,
  counted: Counted,
): Iterations | undefined {
  const foreach = stage.foreach!;
  const data = resolver.tree(foreach, scope);
  if (!data) return undefined;
  if (data.kind === 'scalar') {
    const message = `"foreach" needs a list or a map, not ${describe(data)}`;
    findings.fault(message, foreach.span, 'this stage is omitted');
    return undefined;
  }
  const iterations = new Map<string, Iteration>();
  const { span } = foreach;
  const gone: LocatedMap = {
    kind: 'map',
    entries: new Map([['foreach', { keySpan: span, value: listOf(data) }]]),
    span,
  };
  if (isTooMany(stage, gone, findings, counted)) return undefined;
  if (data.kind === 'map') {
    for (const [key, { keySpan, value }] of data.entries) {
      const keyNode: LocatedScalar = { kind: 'scalar', value: key, span: keySpan };
      iterations.set(key, {
        key,
        items: new Map<string, Located>([
          ['item', value],
          ['key', keyNode],
        ]),
      });
    }
  } else {
    const byIndex = data.items.some((item) => item.kind !== 'scalar');
    for (const [index, item] of data.items.entries()) {
      const key = byIndex ? String(index) : resolver.textOf(item as LocatedScalar);
      iterations.set(key, { key, items: new Map([['item', item]]) });
    }
  }
  return { iterations: [...iterations.values()], data: new Map([['item', data]]) };
}

/** Iterating over a map is like iterating over the list of its values. */
function listOf(data: Located): Located {
  if (data.kind !== 'map') return data;
  return { ...data, kind: 'list', items: [...data.entries.values()].map(({ value }) => value) };
}

function matrixIterations(
  stage: DvcStage,
  scope: Scope,
  resolver: Resolver,
  findings: Findings,
  counted: Counted,
): Iterations | undefined {
  const { matrix } = stage;
  const data = new Map<string, Located>();
  for (const [axis, { keySpan, value }] of matrix!.entries) {
    const values = resolver.tree(value, scope);
    if (!values) return undefined;
    if (values.kind !== 'list') {
      const message = `the axis "${axis}" is ${describe(values)}, not a list`;
      findings.fault(message, value.span ?? keySpan, 'this stage is omitted');
      return undefined;
    }
    data.set(axis, values);
  }
  const axes = [...data].map(([axis, value]) => [axis, { keySpan: value.span, value }] as const);
  const product: LocatedMap = { kind: 'map', entries: new Map(axes), span: matrix!.span };
  if (isTooMany(stage, product, findings, counted)) return undefined;
  let products: readonly ReadonlyMap<string, Located>[] = [new Map()];
  let keys: readonly string[][] = [[]];
  for (const [axis, values] of data) {
    if (values.kind !== 'list') continue;
    const parts = values.items.map((item, index) =>
      item.kind === 'scalar' ? resolver.textOf(item) : `${axis}${index}`,
    );
    keys = keys.flatMap((key) => parts.map((part) => [...key, part]));
    products = products.flatMap((one) =>
      values.items.map((item) => new Map([...one, [axis, item]])),
    );
  }
  const iterations = new Map<string, Iteration>();
  const span = matrix!.span;
  for (const [index, product] of products.entries()) {
    const key = keys[index]!.join('-');
    const entries = new Map([...product].map(([axis, value]) => [axis, { keySpan: span, value }]));
    const item: Located = { kind: 'map', entries, span };
    const keyNode: LocatedScalar = { kind: 'scalar', value: key, span };
    iterations.set(key, {
      key,
      items: new Map<string, Located>([
        ['item', item],
        ['key', keyNode],
      ]),
    });
  }
  return { iterations: [...iterations.values()], data };
}

function describe(node: Located): string {
  if (node.kind !== 'scalar') return `a ${node.kind}`;
  return node.value === null ? 'nothing' : `the value ${JSON.stringify(node.value)}`;
}
