/**
 * Checks a located tree against a valibot schema. Each issue becomes a diagnostic at its place. If a
 * key or a choice is misspelt, the diagnostic suggests the word that was probably meant.
 */
import * as v from 'valibot';
import { type Diagnostic, error } from './diagnostic.ts';
import { formatPath, type Located, nodeAt, type Path, spanAt, toPlain } from './located.ts';
import { isBeyondNumbers } from './numbers.ts';
import { didYouMean } from './suggest.ts';

export interface Checked<T> {
  /** With the schema's defaults filled in; undefined if there are errors. */
  readonly value: T | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** `what` is the word for a key in messages, such as 'parameter', and `of` where it belongs. */
export function check<S extends v.GenericSchema>(
  schema: S,
  node: Located,
  what: string,
  of = '',
): Checked<v.InferOutput<S>> {
  const result = v.safeParse(schema, toPlain(node));
  if (result.success) return { value: result.output, diagnostics: [] };
  const diagnostics = result.issues
    .flatMap(deepest)
    .flatMap((issue) =>
      describe(issue, schema, node, (key) => `${what} "${key}"${of && ` of ${of}`}`),
    );
  return { value: undefined, diagnostics };
}

type Issue = v.BaseIssue<unknown>;

/** A union reports one issue for all its branches. The issue of the branch that got furthest is clearer. */
function deepest(issue: Issue): Issue[] {
  const nested = issue.issues?.filter((inner) => (inner.path?.length ?? 0) > 0) ?? [];
  if (nested.length === 0) return [issue];
  const depth = Math.max(...nested.map((inner) => inner.path!.length));
  return nested
    .filter((inner) => inner.path!.length === depth)
    .map((inner) => ({ ...inner, path: [...(issue.path ?? []), ...inner.path!] }) as Issue);
}

function describe(
  issue: Issue,
  schema: v.GenericSchema,
  node: Located,
  named: (key: string) => string,
): Diagnostic[] {
  const path: Path = (issue.path ?? []).map((item) => item.key as string | number);
  const key = String(path.at(-1) ?? '');
  const present = nodeAt(node, path) !== undefined;
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const map = path.slice(0, -1);
    if (nodeAt(node, map)?.kind !== 'list') return unknownKeys(map, key, schema, node, named);
    // Its positions look like keys to the schema of a map.
    const at = map.length > 0 ? `"${formatPath(map)}": ` : '';
    const message = `${at}expected a map but found a list`;
    return [error(message, spanAt(node, map, 'value'))];
  }
  if (!present && path.length > 0) {
    return [error(`"${formatPath(path)}" is missing`, spanAt(node, path.slice(0, -1), 'key'))];
  }
  const at = path.length > 0 ? `"${formatPath(path)}": ` : '';
  const text = beyondNumbers(issue, nodeAt(node, path));
  if (text !== undefined) {
    const isInteger = /^[-+]?(?:\d[\d_]*|0[xob][\da-f_]+)$/i.test(text);
    const message = isInteger
      ? `${at}${text} is outside the range of exact integers`
      : `${at}${text} is not a finite number`;
    const suggestion = isInteger
      ? 'the range is -9007199254740991 to 9007199254740991 (2^53 - 1)'
      : 'if it is a text, put it in quotes';
    return [error(message, spanAt(node, path, 'value'), { suggestion })];
  }
  if (issue.type === 'picklist' && !issue.message.startsWith(LIBRARY_MESSAGE)) {
    return [error(at + issue.message, spanAt(node, path, 'value'))];
  }
  // A regular expression does not help most users, so the schema has a message for it.
  const message =
    issue.expected && issue.type !== 'regex'
      ? `${at}expected ${expectation(issue.expected)} but found ${describeType(issue.received)}`
      : `${at}${issue.message}`;
  const choices = [...(issue.expected ?? '').matchAll(/"([^"]*)"/g)].map((match) => match[1]!);
  const hint = didYouMean(issue.received.replaceAll('"', ''), choices);
  return [error(message + hint, spanAt(node, path, 'value'))];
}

/** Messages of valibot begin with this; other messages were written for the schema. */
const LIBRARY_MESSAGE = 'Invalid ';

/** The text of a number that JavaScript can't represent, if the schema expects a number here. */
function beyondNumbers({ expected }: Issue, node: Located | undefined): string | undefined {
  if (node?.kind !== 'scalar' || typeof node.value !== 'string' || node.text === undefined) {
    return undefined;
  }
  const isWanted = expected !== null && /\bnumber\b/.test(expected);
  return isWanted && isBeyondNumbers(node.text) ? node.text : undefined;
}

/** valibot reports only the first unknown key; this reports all of them. */
function unknownKeys(
  path: Path,
  first: string,
  schema: v.GenericSchema,
  node: Located,
  named: (key: string) => string,
): Diagnostic[] {
  const known = knownKeys(schema, path);
  const suggestion = known.length > 0 ? { suggestion: `known here: ${known.join(', ')}` } : {};
  const map = nodeAt(node, path);
  const present = map?.kind === 'map' ? [...map.entries.keys()] : [first];
  const unknown = known.length > 0 ? present.filter((key) => !known.includes(key)) : [first];
  return unknown.map((key, i) =>
    error(
      `unknown ${named(key)}${didYouMean(key, known)}`,
      spanAt(node, [...path, key], 'key'),
      i === unknown.length - 1 ? suggestion : {},
    ),
  );
}

function expectation(expected: string): string {
  const all = expected.replace(/^\((.*)\)$/, '$1').split(' | ');
  return [...new Set(all.map(describeType))].join(' or ');
}

/** valibot's names of types and bounds in words: 'Array' is 'a list', '>=1' is 'a number of at least 1'. */
function describeType(name: string): string {
  const bound = /^([<>]=?)(-?[\d.]+)$/.exec(name);
  if (bound) {
    const words = { '>=': 'at least', '>': 'more than', '<=': 'at most', '<': 'less than' };
    return `a number of ${words[bound[1] as keyof typeof words]} ${bound[2]}`;
  }
  return TYPES[name] ?? name;
}

const TYPES: Readonly<Record<string, string>> = {
  Array: 'a list',
  Object: 'a map',
  boolean: 'true or false',
  null: 'nothing',
  number: 'a number',
  string: 'a text',
};

interface SchemaParts {
  readonly type?: string;
  readonly entries?: Record<string, SchemaParts>;
  readonly wrapped?: SchemaParts;
  readonly value?: SchemaParts;
  readonly item?: SchemaParts;
  readonly options?: readonly SchemaParts[];
}

function knownKeys(schema: v.GenericSchema, path: Path): string[] {
  let current: SchemaParts | undefined = unwrap(schema as SchemaParts);
  for (const step of path) {
    current = unwrap(current?.entries?.[String(step)] ?? current?.value ?? current?.item);
  }
  return Object.keys(current?.entries ?? {});
}

function unwrap(schema: SchemaParts | undefined): SchemaParts | undefined {
  if (schema?.wrapped) return unwrap(schema.wrapped);
  // Of a union, the branch that is a map has the keys.
  return schema?.options?.find(({ entries }) => entries) ?? schema;
}
