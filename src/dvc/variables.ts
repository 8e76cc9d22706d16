/**
 * The values that `${...}` can name: params.yaml and the files and maps of `vars`, merged. A name that is set twice is
 * an error, as in DVC.
 */
import {
  didYouMean,
  formatPlace,
  type Located,
  type LocatedEntry,
  type LocatedMap,
  parseYaml,
  type SourceFile,
  type Span,
  toPlain,
} from '../runner/index.ts';
import { hasExpression } from './expression.ts';
import type { Findings } from './findings.ts';
import { joinPath } from './path.ts';
import type { ProjectFolder } from './project-folder.ts';

export interface Variables {
  readonly root: LocatedMap;
  /** By path: all of a file, or the keys that were taken from it. */
  readonly files: ReadonlyMap<string, 'all' | readonly string[]>;
  /** Whether some values are declared in dvc.yaml itself. */
  readonly inline: boolean;
}

export const defaultParams = 'params.yaml';

/** Reads variables, and keeps the texts of all files that were read. */
export class VariableReader {
  readonly sources: SourceFile[] = [];
  /** The name of a file in places (spans) -> its path in the folder. */
  readonly paths = new Map<string, string>();
  private readonly roots = new Map<string, Located | undefined>();
  private readonly folder: ProjectFolder;
  private readonly findings: Findings;

  constructor(folder: ProjectFolder, findings: Findings) {
    this.folder = folder;
    this.findings = findings;
  }

  global(vars: readonly Located[], place: Span): Variables {
    const none: Variables = { root: emptyMap(place), files: new Map(), inline: false };
    const first =
      this.folder.kind(defaultParams) === 'file'
        ? this.addFile(none, defaultParams, undefined, place)
        : none;
    return this.added(first, vars, '');
  }

  /** `base` with the `vars` of a stage that works in `wdir`. */
  added(base: Variables, vars: readonly Located[], wdir: string): Variables {
    let variables = base;
    for (const item of vars) {
      if (!this.isPlain(item)) continue;
      if (item.kind === 'map') {
        const root = this.merge(variables.root, item, []);
        variables = { ...variables, root, inline: true };
        continue;
      }
      const [file = '', ...rest] = String(toPlain(item)).split(':');
      const keys = rest
        .join(':')
        .split(',')
        .filter((key) => key !== '');
      const path = joinPath(wdir, file);
      const known = variables.files.get(path);
      if (known === 'all' && keys.length === 0) continue;
      if (known !== undefined && (known === 'all' || keys.length === 0 || shares(known, keys))) {
        const instead = 'it is loaded only once';
        this.findings.fault(`${path} is already loaded, in whole or in part`, item.span, instead);
        continue;
      }
      variables = this.addFile(variables, path, keys.length > 0 ? keys : undefined, item.span);
    }
    return variables;
  }

  /** The values of a YAML or JSON file; undefined if it can't be read, which is reported at `place`. */
  values(path: string, place: Span): LocatedMap | undefined {
    const instead = 'its values and the stages that use them are omitted';
    const report = (message: string) => this.findings.fault(message, place, instead);
    if (/\.(?:toml|py)$/.test(path)) {
      const help = 'write these values in YAML or JSON and import again';
      this.findings.fault(`${path}: only YAML and JSON can be read here`, place, instead, {
        suggestion: help,
      });
      return undefined;
    }
    if (!this.roots.has(path)) {
      const source = this.folder.read(path);
      if (source) {
        this.sources.push(source);
        this.paths.set(source.path, path);
      }
      const parsed = source && parseYaml(source);
      for (const one of parsed?.diagnostics ?? []) this.findings.problem(one);
      const failed = parsed === undefined || parsed.diagnostics.length > 0;
      this.roots.set(path, failed ? undefined : (parsed.root ?? emptyMap(place)));
      if (!parsed) {
        const folder = this.folder.kind(path) === 'folder';
        report(folder ? `"${path}" is a folder, not a file of values` : `"${path}" does not exist`);
      }
    }
    const root = this.roots.get(path);
    if (root && root.kind !== 'map') report(`${path} is not a map of values`);
    return root?.kind === 'map' ? root : undefined;
  }

  private addFile(
    variables: Variables,
    path: string,
    keys: readonly string[] | undefined,
    place: Span,
  ): Variables {
    const root = this.values(path, place);
    if (!root) return variables;
    const missing = keys?.filter((key) => !root.entries.has(key)) ?? [];
    for (const key of missing) {
      const hint = didYouMean(key, root.entries.keys());
      this.findings.fault(`${path} has no value "${key}"${hint}`, place, 'it is omitted');
    }
    const taken: LocatedMap = keys
      ? { ...root, entries: new Map([...root.entries].filter(([key]) => keys.includes(key))) }
      : root;
    const before = variables.files.get(path);
    const all = keys ? [...(before === 'all' ? [] : (before ?? [])), ...keys] : 'all';
    return {
      ...variables,
      root: this.merge(variables.root, taken, []),
      files: new Map([...variables.files, [path, all]]),
    };
  }

  private merge(into: LocatedMap, from: LocatedMap, path: readonly string[]): LocatedMap {
    const entries = new Map<string, LocatedEntry>(into.entries);
    for (const [key, entry] of from.entries) {
      const known = entries.get(key);
      if (!known) entries.set(key, entry);
      else if (known.value.kind === 'map' && entry.value.kind === 'map') {
        const value = this.merge(known.value, entry.value, [...path, key]);
        entries.set(key, { keySpan: known.keySpan, value });
      } else {
        const name = [...path, key].join('.');
        const first = `it is already set at ${formatPlace(known.keySpan)}`;
        const instead = 'the first value is used';
        this.findings.fault(`"${name}" is set twice; ${first}`, entry.keySpan, instead);
      }
    }
    return { ...into, entries };
  }

  private isPlain(node: Located): boolean {
    switch (node.kind) {
      case 'list':
        return node.items.every((item) => this.isPlain(item));
      case 'map':
        return [...node.entries.values()].every(({ value }) => this.isPlain(value));
      case 'scalar': {
        if (typeof node.value !== 'string' || !hasExpression(node.value)) return true;
        const instead = 'this part of "vars" is omitted';
        this.findings.fault('"vars" can\'t refer to other variables', node.span, instead);
        return false;
      }
    }
  }
}

function shares(known: readonly string[], keys: readonly string[]): boolean {
  return keys.some((key) => known.includes(key));
}

function emptyMap(span: Span): LocatedMap {
  return { kind: 'map', entries: new Map(), span };
}
