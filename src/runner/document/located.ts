/**
 * A JSON-like tree in which each value has the place in the source that set it.
 *
 * Overlays and variables move nodes between trees; the spans move with them, so that a message about
 * a stage's parameter can point into the configuration file that set it.
 */
import type { Json } from '../../base/json.ts';
import type { SourceFile, Span } from './source.ts';

export type Scalar = string | number | boolean | null;

export interface LocatedScalar {
  readonly kind: 'scalar';
  /** The text of a number instead, if it is not finite or JavaScript can't represent it exactly. */
  readonly value: Scalar;
  /** The text in the source, if it has no quotes and JavaScript writes the value differently, such as `1.0`. */
  readonly text?: string;
  readonly tag?: string;
  readonly span: Span;
  /** Only for texts that may contain references, so that a message can point at one of the lines. */
  readonly source?: SourceFile;
}

export function scalarAt(value: Scalar, span: Span, source: SourceFile): LocatedScalar {
  const mayRefer = typeof value === 'string' && value.includes('${');
  return { kind: 'scalar', value, span, ...(mayRefer && { source }) };
}

export interface LocatedList {
  readonly kind: 'list';
  readonly items: readonly Located[];
  readonly tag?: string;
  readonly span: Span;
}

export interface LocatedMap {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, LocatedEntry>;
  readonly tag?: string;
  readonly span: Span;
}

export interface LocatedEntry {
  readonly keySpan: Span;
  /** The key in the source, if it has no quotes and some YAML parsers do not read it as a text: `on`. */
  readonly keyText?: string;
  /** A problem with the key. It is an error only if the entry is used. */
  readonly fault?: string;
  readonly value: Located;
}

export type Located = LocatedScalar | LocatedList | LocatedMap;

export type Path = readonly (string | number)[];

export function toPlain(node: Located): Json {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(toPlain);
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, toPlain(value)]));
  }
}

/** The value as written in the source, for use in longer texts, environment variables and names. */
export function textOf({ text, value }: LocatedScalar): string {
  return text ?? String(value);
}

/** The text of a value of any kind. */
export function plainText(node: Located): string {
  return node.kind === 'scalar' ? textOf(node) : String(toPlain(node));
}

/** The node at `path`, or undefined if there is none. */
export function nodeAt(node: Located, path: Path): Located | undefined {
  let current: Located | undefined = node;
  for (const step of path) {
    if (current?.kind === 'map') current = current.entries.get(String(step))?.value;
    else if (current?.kind === 'list') current = current.items[Number(step)];
    else return undefined;
  }
  return current;
}

/** The place to point at for `path`: its key, its value, or the nearest ancestor that exists. */
export function spanAt(node: Located, path: Path, part: 'key' | 'value'): Span {
  for (let length = path.length; length > 0; length--) {
    const head = path.slice(0, length);
    const last = head[length - 1]!;
    const parent = nodeAt(node, head.slice(0, -1));
    const entry = parent?.kind === 'map' ? parent.entries.get(String(last)) : undefined;
    if (entry && (part === 'key' || length < path.length)) return entry.keySpan;
    const found = nodeAt(node, head);
    if (found) return found.span;
  }
  return node.span;
}

/** `training.epochs`, `rates[2]`, `files."a.csv"`. */
export function formatPath(path: Path): string {
  return path
    .map((step, i) => {
      if (typeof step === 'number') return `[${step}]`;
      const key = step.includes('.') ? JSON.stringify(step) : step;
      return i === 0 ? key : `.${key}`;
    })
    .join('');
}
