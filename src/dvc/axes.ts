/**
 * Decides whether the iterations of a `foreach` or `matrix` can be axes of a matrix here. All values that the texts
 * use must be scalars that are valid in the name of an instance.
 */
import type { Json, JsonObject } from '../base/json.ts';
import {
  AxisValues,
  type Located,
  type LocatedMap,
  type LocatedScalar,
  nodeAt,
  textOf,
  toWrite,
} from '../runner/index.ts';
import type { Iteration, Iterations } from './instances.ts';
import type { Resolver } from './resolver.ts';
import type { DvcInstance } from './stage-reader.ts';
import { escaped, type Text } from './text.ts';

export interface Axes {
  /** The matrix for pipeline.yaml; a list of products if values belong together. */
  readonly matrix: Json;
  /** For each iteration, by its key: axis to value. */
  readonly values: ReadonlyMap<string, ReadonlyMap<string, AxisValue>>;
  /** The reference to an item in the texts of the stage. */
  readonly reference: (item: string) => string | undefined;
}

export interface AxisValue {
  readonly text: string;
  /** The value as references name it: the variable, if it is one. */
  readonly written: string;
}

export interface AxesQuestion {
  readonly iterations: Iterations;
  readonly instances: readonly DvcInstance[];
  readonly resolver: Resolver;
  /** The name of the variable with this value, if the value can stay a variable. */
  readonly liveName: (node: Located) => string | undefined;
}

/** Undefined if the stage must be split into one per iteration. */
export function axesOf(question: AxesQuestion): Axes | undefined {
  const [first] = question.instances;
  if (!first || first.iteration.key === undefined) return undefined;
  // A stage is omitted together with its iteration.
  if (question.instances.length < question.iterations.iterations.length) return undefined;
  return first.stage.matrix ? productAxes(question) : foreachAxes(question);
}

/** The axes of a `matrix`, each with its list. */
function productAxes({ iterations, resolver, liveName }: AxesQuestion): Axes | undefined {
  const names = new Map<string, string>();
  const mapNames = new Map<string, ReadonlyMap<Located, string>>();
  const matrix: Record<string, Json> = {};
  for (const [axis, node] of iterations.data) {
    const name = axisName(axis, Object.keys(matrix));
    const maps = namesOfMaps(name, node, resolver);
    if (maps) mapNames.set(axis, maps);
    const live = maps && liveName(node);
    const list = maps
      ? live === undefined
        ? toWrite(node)
        : `\${${live}}`
      : axisList(node, resolver, liveName);
    if (list === undefined) return undefined;
    names.set(axis, name);
    matrix[name] = list;
  }
  const values = new Map<string, ReadonlyMap<string, AxisValue>>();
  for (const iteration of iterations.iterations) {
    const row = new Map<string, AxisValue>();
    for (const [axis, name] of names) {
      const node = nodeAt(iteration.items.get('item')!, [axis])!;
      const text = mapNames.get(axis)?.get(node) ?? resolver.textOf(node as LocatedScalar);
      row.set(name, fixed(text));
    }
    values.set(iteration.key!, row);
  }
  const key = [...names.values()].map((name) => `\${matrix.${name}}`).join('-');
  const reference = (item: string): string | undefined => {
    if (item === 'key') return mapNames.size === 0 ? key : undefined;
    const [first, axis = '', ...rest] = item.split('.');
    const name = first === 'item' ? names.get(axis) : undefined;
    return name && `\${matrix.${[name, ...rest].join('.')}}`;
  };
  return { matrix, values, reference };
}

/** The names of an axis's maps; undefined if it has other values, or a text that DVC writes differently. */
function namesOfMaps(
  axis: string,
  node: Located,
  resolver: Resolver,
): ReadonlyMap<Located, string> | undefined {
  if (node.kind !== 'list' || node.items.length === 0) return undefined;
  if (!node.items.every((item) => item.kind === 'map' && isPlain(item, resolver))) return undefined;
  const entry = { keySpan: node.span, value: node };
  const product: LocatedMap = { kind: 'map', entries: new Map([[axis, entry]]), span: node.span };
  const values = new AxisValues([product]).of(axis, node, false, []);
  return new Map(values.map(({ name, node: map }) => [map, String(name)]));
}

function isPlain(node: Located, resolver: Resolver): boolean {
  switch (node.kind) {
    case 'scalar': {
      const text = textOf(node);
      return node.value !== null && text === resolver.textOf(node) && escaped(text) === text;
    }
    case 'list':
      return node.items.every((item) => isPlain(item, resolver));
    case 'map':
      return [...node.entries].every(
        ([key, { value }]) => /^[\w-]+$/.test(key) && isPlain(value, resolver),
      );
  }
}

/** The iterations of a `foreach`: its values, or per iteration its key and the used parts of its value. */
function foreachAxes(question: AxesQuestion): Axes | undefined {
  const { iterations, instances, resolver, liveName } = question;
  const data = iterations.data.get('item')!;
  const used = usedItems(instances);
  const isPlainList = data.kind === 'list' && data.items.every((item) => item.kind === 'scalar');
  if (isPlainList) {
    const list = axisList(data, resolver, liveName);
    if (list === undefined) return undefined;
    const values = new Map(
      iterations.iterations.map(({ key }) => [key!, new Map([['item', fixed(key!)]])]),
    );
    const reference = (item: string) => (item === 'item' ? '${matrix.item}' : undefined);
    return { matrix: { item: list }, values, reference };
  }
  const names = new Map<string, string>([['key', data.kind === 'list' ? 'index' : 'key']]);
  for (const item of used) {
    if (item === 'key') continue;
    const name = item === 'item' ? 'item' : item.slice('item.'.length).replaceAll('.', '_');
    names.set(item, axisName(name, [...names.values()]));
  }
  const rows = iterations.iterations.map((iteration) => rowOf(iteration, names, question));
  if (rows.includes(undefined)) return undefined;
  const values = new Map(
    iterations.iterations.map(({ key }, index) => [key!, rows[index]!.values]),
  );
  const only = names.size === 1 ? [...names.values()][0]! : undefined;
  const matrix: Json = only
    ? { [only]: rows.map((row) => row!.product[only]!) }
    : rows.map((row) => row!.product);
  const reference = (item: string): string | undefined => {
    const name = names.get(item);
    return name && `\${matrix.${name}}`;
  };
  return { matrix, values, reference };
}

function usedItems(instances: readonly DvcInstance[]): Set<string> {
  const used = new Set<string>();
  const look = (text: Text | undefined): void => {
    for (const { item } of text?.pieces ?? []) if (item !== undefined) used.add(item);
  };
  for (const { commands, wdir, description, deps, outs, params } of instances) {
    for (const text of [...commands, wdir, description]) look(text);
    for (const { text } of [...deps, ...outs, ...params]) look(text);
    for (const { keys } of params) for (const text of keys ?? []) look(text);
  }
  return used;
}

interface Row {
  readonly product: JsonObject;
  readonly values: ReadonlyMap<string, AxisValue>;
}

function rowOf(
  iteration: Iteration,
  names: ReadonlyMap<string, string>,
  { resolver, liveName }: AxesQuestion,
): Row | undefined {
  const product: Record<string, Json> = {};
  const values = new Map<string, AxisValue>();
  for (const [item, name] of names) {
    if (item === 'key') {
      if (!canBeAxisValue(iteration.key!)) return undefined;
      product[name] = iteration.items.has('key') ? iteration.key! : Number(iteration.key);
      values.set(name, fixed(iteration.key!));
      continue;
    }
    const [first, ...rest] = item.split('.');
    const node = nodeAt(iteration.items.get(first!)!, rest);
    const value = node && axisValue(node, resolver);
    if (value === undefined) return undefined;
    const live = isSame(node as LocatedScalar, value) ? liveName(node!) : undefined;
    product[name] = live === undefined ? value : `\${${live}}`;
    values.set(name, { text: String(value), written: String(product[name]) });
  }
  return { product, values };
}

function fixed(text: string): AxisValue {
  return { text, written: text };
}

function axisList(
  node: Located,
  resolver: Resolver,
  liveName: (node: Located) => string | undefined,
): Json | undefined {
  if (node.kind !== 'list' || node.items.length === 0) return undefined;
  const values = node.items.map((item) => axisValue(item, resolver));
  if (values.includes(undefined)) return undefined;
  const live = liveName(node);
  const same = node.items.every(
    (item, index) => item.kind === 'scalar' && isSame(item, values[index]),
  );
  if (live !== undefined && same) return `\${${live}}`;
  const byText = new Map(values.map((value) => [String(value), value!]));
  return [...byText.values()];
}

/** As a text if Python writes it differently from JavaScript. */
function axisValue(node: Located, resolver: Resolver): Json | undefined {
  if (node.kind !== 'scalar' || node.value === null) return undefined;
  const text = resolver.textOf(node);
  if (!canBeAxisValue(text)) return undefined;
  if (textOf(node) === text) return toWrite(node);
  return String(node.value) === text ? node.value : text;
}

/** Whether a reference to it has the same text. */
function isSame(node: LocatedScalar, value: Json | undefined): boolean {
  return textOf(node) === String(value);
}

function canBeAxisValue(text: string): boolean {
  return text !== '' && text === text.trim() && !/[[\],=*\n]/.test(text) && escaped(text) === text;
}

function axisName(wanted: string, taken: readonly string[]): string {
  const plain = wanted.replace(/[^\w-]/g, '_');
  const start = plain === '' || plain === 'include' || plain === 'exclude' ? `${plain}_` : plain;
  let name = start;
  for (let count = 2; taken.includes(name); count++) name = `${start}_${count}`;
  return name;
}
