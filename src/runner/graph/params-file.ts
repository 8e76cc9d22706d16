/**
 * Resolves `params: { params.yaml: [train.lr] }` to the values, each with its place in that file.
 *
 * They are ordinary parameters of the command: they are part of the key, and messages show their lines. If the
 * values alone do not determine how they are written (`1.0`, `017`), the text of the file that the command sees
 * is a parameter too.
 */
import { type Diagnostic, error } from '../document/diagnostic.ts';
import {
  formatPath,
  type Located,
  type LocatedEntry,
  type LocatedMap,
  nodeAt,
  plainText,
} from '../document/located.ts';
import { type ParsedYaml, parseYaml } from '../document/parse-yaml.ts';
import type { SourceFile } from '../document/source.ts';
import { didYouMean } from '../document/suggest.ts';
import { jsonText } from '../document/write-json.ts';
import { yamlText } from '../document/write-yaml.ts';
import { pathFault } from './paths.ts';

export interface TakenValues {
  readonly root: Located;
  /** File -> its text in the command's folder, if the values alone do not determine it. */
  readonly texts: ReadonlyMap<string, LocatedEntry>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads each file once, and keeps the texts for excerpts in messages. */
export class ParamsFiles {
  private readonly read: (path: string) => SourceFile | undefined;
  private readonly parsed = new Map<string, ParsedYaml | undefined>();
  private readonly taken = new WeakMap<Located, TakenValues>();
  readonly sources: SourceFile[] = [];

  constructor(read: (path: string) => SourceFile | undefined) {
    this.read = read;
  }

  /** `declared` maps files to lists of names, or to null for all values of a file. */
  resolve(declared: Located): TakenValues {
    const known = this.taken.get(declared);
    if (known) return known;
    const taken = this.take(declared);
    this.taken.set(declared, taken);
    return taken;
  }

  private take(declared: Located): TakenValues {
    const texts = new Map<string, LocatedEntry>();
    if (declared.kind !== 'map') return { root: declared, texts, diagnostics: [] };
    const diagnostics: Diagnostic[] = [];
    const entries = new Map<string, LocatedEntry>();
    for (const [written, { keySpan, value }] of declared.entries) {
      const file = written.replace(/^(\.\/)+/, '');
      const fault = pathFault(file);
      if (fault) {
        diagnostics.push(error(`"${written}" ${fault}`, keySpan));
        continue;
      }
      if (entries.has(file)) {
        diagnostics.push(error(`duplicate file "${file}"`, keySpan));
        continue;
      }
      if (!/\.(ya?ml|json)$/i.test(file)) {
        const suggestion = 'list it under "files" instead; then all of it is part of the key';
        diagnostics.push(error(`"${file}" is not YAML or JSON`, keySpan, { suggestion }));
        continue;
      }
      const parsed = this.parse(file, keySpan, diagnostics);
      if (!parsed?.root) continue;
      const chosen =
        value.kind === 'list' ? choose(parsed.root, value, file, diagnostics) : parsed.root;
      for (const one of faultsOf(chosen)) diagnostics.push(one);
      entries.set(file, { keySpan, value: chosen });
      const text = isJson(file)
        ? jsonText(chosen, '  ', true).text
        : yamlText(chosen, parsed.version);
      if (text === undefined) continue;
      const ended = isJson(file) ? `${text}\n` : text;
      texts.set(file, { keySpan, value: { kind: 'scalar', value: ended, span: chosen.span } });
    }
    return { root: { ...declared, entries }, texts, diagnostics };
  }

  private parse(
    file: string,
    span: Located['span'],
    diagnostics: Diagnostic[],
  ): ParsedYaml | undefined {
    if (!this.parsed.has(file)) {
      const source = this.read(file);
      if (source) this.sources.push(source);
      const parsed = source && parseYaml(source, isJson(file) ? 'json' : 'yaml');
      if (!parsed) diagnostics.push(error(`could not read a file at "${file}"`, span));
      else if (!parsed.root && parsed.diagnostics.length === 0) {
        diagnostics.push(error(`${file} is empty`, span));
      }
      for (const one of parsed?.diagnostics ?? []) diagnostics.push(one);
      this.parsed.set(file, parsed);
    }
    return this.parsed.get(file);
  }
}

function isJson(file: string): boolean {
  return /\.json$/i.test(file);
}

function choose(
  root: Located,
  { items }: { readonly items: readonly Located[] },
  file: string,
  diagnostics: Diagnostic[],
): Located {
  let chosen: LocatedMap = { kind: 'map', entries: new Map(), span: root.span };
  for (const item of items) {
    const name = plainText(item);
    const path = name.replaceAll('[', '.').replaceAll(']', '').split('.');
    if (nodeAt(root, path)) chosen = withWhole(chosen, path, root);
    else {
      const near = nearest(root, path);
      diagnostics.push(error(`${file} has no value "${name}"${near}`, item.span));
    }
  }
  return chosen;
}

/** Reports faults of used values only; unused values may be anything. */
function faultsOf(node: Located): Diagnostic[] {
  if (node.kind === 'list') return node.items.flatMap(faultsOf);
  if (node.kind === 'scalar') return [];
  return [...node.entries.values()].flatMap(({ fault, keySpan, value }) =>
    fault === undefined ? faultsOf(value) : [error(fault, keySpan)],
  );
}

/** Using one item of a list uses the entire list, because an item alone would have another index. */
function withWhole(map: LocatedMap, path: readonly string[], root: Located): LocatedMap {
  const inMaps = path.findIndex((_, at) => nodeAt(root, path.slice(0, at))?.kind === 'list');
  const whole = inMaps < 0 ? path : path.slice(0, inMaps);
  return whole.length === 0 || root.kind !== 'map' ? map : withValue(map, whole, root);
}

/** Adds the value at this path in `root` to `map`, with each key as written there. */
function withValue(
  map: LocatedMap,
  [first, ...rest]: readonly string[],
  root: LocatedMap,
): LocatedMap {
  const entries = new Map(map.entries);
  const known = entries.get(first!)?.value;
  const entry = root.entries.get(first!)!;
  if (rest.length === 0 || entry.value.kind !== 'map') entries.set(first!, entry);
  else {
    const inside: LocatedMap =
      known?.kind === 'map' ? known : { ...entry.value, entries: new Map() };
    entries.set(first!, { ...entry, value: withValue(inside, rest, entry.value) });
  }
  return { ...map, entries };
}

function nearest(root: Located, path: readonly string[]): string {
  for (let length = path.length - 1; length >= 0; length--) {
    const parent = nodeAt(root, path.slice(0, length));
    if (parent?.kind !== 'map') continue;
    const before = length > 0 ? `${formatPath(path.slice(0, length))}.` : '';
    return didYouMean(
      before + path[length],
      [...parent.entries.keys()].map((key) => before + key),
    );
  }
  return '';
}
