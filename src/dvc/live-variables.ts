/**
 * Decides which values stay variables: `config` names the file with the values, `vars` declares the values in
 * dvc.yaml itself. Unused values are omitted.
 */
import type { Json, JsonObject } from '../base/json.ts';
import { AsWritten, type Located, type LocatedMap, nodeAt, toWrite } from '../runner/index.ts';
import type { Resolver } from './resolver.ts';
import type { Group } from './stage-plan.ts';
import type { DvcInstance } from './stage-reader.ts';
import type { Text } from './text.ts';
import type { Variables } from './variables.ts';

export interface LiveVariables {
  readonly config: readonly string[];
  readonly vars: JsonObject | undefined;
  readonly isLive: (variable: string) => boolean;
  /** Files from which only some values were copied. Later changes of these files have no effect. */
  readonly copied: readonly string[];
  /** If several files are used, `vars` declares all of their keys, and new keys must be added there. */
  readonly declares: readonly string[];
}

export interface LiveQuestion {
  readonly globals: Variables;
  readonly used: ReadonlySet<string>;
  /** Path -> the text as read. */
  readonly fileOf: (source: string) => string | undefined;
  readonly dvcFile: string;
}

export function liveVariables({ globals, used, fileOf, dvcFile }: LiveQuestion): LiveVariables {
  const origins = new Set<string>();
  for (const name of used) {
    const node = nodeAt(globals.root, name.split('.'));
    if (node) for (const file of filesOf(node)) origins.add(file);
  }
  // A text that looks like a reference would be resolved here, but DVC does not resolve values of variables.
  for (const file of [...origins])
    if (hasReference(onlyFrom(globals.root, file))) origins.delete(file);
  const whole: string[] = [];
  const copied: string[] = [];
  for (const origin of origins) {
    const path = fileOf(origin);
    if (path === undefined || origin === dvcFile) continue;
    if (globals.files.get(path) === 'all') whole.push(path);
    else copied.push(path);
  }
  // Keys that are added to this file later become variables, as in DVC. With a "vars" section, they would be errors.
  if (whole.length === 1)
    for (const origin of origins) if (fileOf(origin) !== whole[0]) origins.delete(origin);
  const isLive = (name: string): boolean => {
    const node = nodeAt(globals.root, name.split('.'));
    return node !== undefined && [...filesOf(node)].every((file) => origins.has(file));
  };
  if (whole.length === 1) {
    return { config: whole, vars: undefined, isLive, copied: [], declares: [] };
  }
  const declared = [...origins].map((file) => onlyFrom(globals.root, file));
  const vars = declared.reduce<Json>((into, from) => merged(into, toWrite(from)), {});
  return {
    config: whole,
    vars: origins.size > 0 ? (vars as JsonObject) : undefined,
    isLive,
    copied,
    declares: whole,
  };
}

/** The variables that these stages use in texts, and those that they iterate over. */
export function usedVariables(groups: readonly Group[], resolver: Resolver): Set<string> {
  const texts = groups.flatMap(({ instances }) => instances.flatMap(textsOf));
  const named = texts.flatMap(({ pieces }) => pieces.map(({ variable }) => variable));
  const data = groups.flatMap(({ iterations }) => [...iterations.data.values()]);
  const used = [...named, ...data.map((node) => resolver.nameOf(node))];
  return new Set(used.filter((name): name is string => name !== undefined));
}

function textsOf(instance: DvcInstance): readonly Text[] {
  const { commands, wdir, description, deps, outs, params } = instance;
  const texts = [...commands, wdir, description, ...params.flatMap(({ keys }) => keys ?? [])];
  return [
    ...texts.filter((text): text is Text => text !== undefined),
    ...[...deps, ...outs, ...params].map(({ text }) => text),
  ];
}

function filesOf(node: Located): Set<string> {
  switch (node.kind) {
    case 'scalar':
      return new Set([node.span.file]);
    case 'list':
      return new Set([node.span.file, ...node.items.flatMap((item) => [...filesOf(item)])]);
    case 'map':
      return new Set([...node.entries.values()].flatMap(({ value }) => [...filesOf(value)]));
  }
}

function onlyFrom(node: LocatedMap, file: string): LocatedMap {
  const entries = new Map(
    [...node.entries]
      .filter(([, { value }]) => filesOf(value).has(file))
      .map(([key, entry]) => {
        const value = entry.value.kind === 'map' ? onlyFrom(entry.value, file) : entry.value;
        return [key, { ...entry, value }] as const;
      }),
  );
  return { ...node, entries };
}

function hasReference(node: Located): boolean {
  switch (node.kind) {
    case 'scalar':
      return typeof node.value === 'string' && node.value.includes('${');
    case 'list':
      return node.items.some(hasReference);
    case 'map':
      return [...node.entries.values()].some(({ value }) => hasReference(value));
  }
}

function merged(into: Json, from: Json): Json {
  const isMap = (value: Json | undefined): value is JsonObject =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof AsWritten);
  if (!isMap(into) || !isMap(from)) return from;
  const all = { ...into };
  for (const [key, value] of Object.entries(from)) {
    all[key] = key in into ? merged(into[key]!, value) : value;
  }
  return all;
}
