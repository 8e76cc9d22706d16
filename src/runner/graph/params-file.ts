/**
 * `params: { params.yaml: [train.lr] }` to the values themselves, each with its place in that file.
 *
 * They are a command's parameters like any other: in its key, and explained by their line.
 */
import { type Diagnostic, error } from '../document/diagnostic.ts';
import {
  formatPath,
  type Located,
  type LocatedEntry,
  type LocatedMap,
  nodeAt,
  toPlain,
} from '../document/located.ts';
import { parseYaml } from '../document/parse-yaml.ts';
import type { SourceFile } from '../document/source.ts';
import { didYouMean } from '../document/suggest.ts';
import { pathFault } from './paths.ts';

/** Reads each file once; keeps the texts for excerpts. */
export class ParamsFiles {
  private readonly read: (path: string) => SourceFile | undefined;
  private readonly roots = new Map<string, Located | undefined>();
  readonly sources: SourceFile[] = [];

  constructor(read: (path: string) => SourceFile | undefined) {
    this.read = read;
  }

  /** `declared` maps files to lists of names, or to null for all of a file. */
  resolve(declared: Located): { root: Located; diagnostics: readonly Diagnostic[] } {
    if (declared.kind !== 'map') return { root: declared, diagnostics: [] };
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
        diagnostics.push(error(`"${file}" is named a second time`, keySpan));
        continue;
      }
      if (!/\.(ya?ml|json)$/i.test(file)) {
        const suggestion = 'list another kind of file under "files": then all of it counts';
        diagnostics.push(error(`"${file}" is not YAML or JSON`, keySpan, { suggestion }));
        continue;
      }
      const root = this.parsed(file, keySpan, diagnostics);
      if (!root) continue;
      if (value.kind !== 'list') {
        entries.set(file, { keySpan, value: root });
        continue;
      }
      let chosen: LocatedMap = { kind: 'map', entries: new Map(), span: root.span };
      for (const item of value.items) {
        const name = String(toPlain(item));
        const path = name.replaceAll('[', '.').replaceAll(']', '').split('.');
        const found = nodeAt(root, path);
        if (found) chosen = withWhole(chosen, path, root);
        else {
          const near = nearest(root, path);
          diagnostics.push(error(`${file} has no value "${name}"${near}`, item.span));
        }
      }
      entries.set(file, { keySpan, value: chosen });
    }
    return { root: { ...declared, entries }, diagnostics };
  }

  private parsed(
    file: string,
    span: Located['span'],
    diagnostics: Diagnostic[],
  ): Located | undefined {
    if (!this.roots.has(file)) {
      const source = this.read(file);
      if (source) this.sources.push(source);
      const parsed = source && parseYaml(source);
      if (!parsed) diagnostics.push(error(`no file can be read at "${file}"`, span));
      else if (!parsed.root && parsed.diagnostics.length === 0) {
        diagnostics.push(error(`${file} is empty`, span));
      }
      for (const one of parsed?.diagnostics ?? []) diagnostics.push(one);
      this.roots.set(file, parsed?.root);
    }
    return this.roots.get(file);
  }
}

/** One item of a list is taken with all of the list: alone it would lie at another place. */
function withWhole(map: LocatedMap, path: readonly string[], root: Located): LocatedMap {
  const inMaps = path.findIndex((_, at) => nodeAt(root, path.slice(0, at))?.kind === 'list');
  const whole = inMaps < 0 ? path : path.slice(0, inMaps);
  return whole.length === 0 ? map : withValue(map, whole, nodeAt(root, whole)!);
}

function withValue(
  map: LocatedMap,
  [first, ...rest]: readonly string[],
  value: Located,
): LocatedMap {
  const entries = new Map(map.entries);
  const known = entries.get(first!)?.value;
  const inside: LocatedMap =
    known?.kind === 'map' ? known : { kind: 'map', entries: new Map(), span: value.span };
  entries.set(first!, {
    keySpan: value.span,
    value: rest.length === 0 ? value : withValue(inside, rest, value),
  });
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
