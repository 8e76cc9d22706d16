/** The differences between two fingerprints, part by part: the reasons why a stage runs again. */
import type { Json, JsonObject } from '../../base/json.ts';
import { usualText } from '../document/write-yaml.ts';
import { canonical } from './canonical.ts';
import { changedDeclarations, isSameFile } from './declarations.ts';
import type { Digest } from './digest.ts';
import type { Fingerprint } from './fingerprint.ts';

export type Change =
  | { readonly kind: 'type'; readonly before: string; readonly after: string }
  | {
      readonly kind: 'code';
      readonly files: readonly string[];
      /** File -> changed, added and removed declarations, if both records have them. */
      readonly declarations?: Readonly<Record<string, readonly string[]>>;
    }
  | {
      readonly kind: 'package' | 'environment';
      readonly name: string;
      readonly before: string | null;
      readonly after: string | null;
    }
  | {
      readonly kind: 'parameter';
      readonly path: readonly string[];
      readonly before: Json;
      readonly after: Json;
    }
  | {
      readonly kind: 'input';
      readonly port: string;
      readonly added: readonly Digest[];
      readonly removed: readonly Digest[];
    };

export function difference(before: Fingerprint, after: Fingerprint): Change[] {
  const changes: Change[] = [];
  if (before.type !== after.type) {
    changes.push({ kind: 'type', before: before.type, after: after.type });
  }
  changes.push(...parametersChanged(before, after));
  for (const port of keysOf(before.inputs, after.inputs)) {
    const [old, now] = [before.inputs[port] ?? [], after.inputs[port] ?? []];
    const added = withoutAll(now, old);
    const removed = withoutAll(old, now);
    if (added.length + removed.length > 0) changes.push({ kind: 'input', port, added, removed });
  }
  changes.push(...textChanges('environment', before.environment, after.environment));
  changes.push(...textChanges('package', before.code.packages, after.code.packages));
  if (before.code.digest !== after.code.digest) {
    const [old, now] = [before.code.files, after.code.files];
    const files = keysOf(old, now).filter((file) => !isSameFile(old[file], now[file]));
    const listed = files.length <= MOST_WITH_DECLARATIONS ? files : [];
    const declarations = listed.map((file) => [file, changedDeclarations(old[file], now[file])]);
    changes.push({ kind: 'code', files, declarations: Object.fromEntries(declarations) });
  }
  return changes;
}

/** If more files changed, a list of functions is not useful, and it would be slow for thousands of stages. */
const MOST_WITH_DECLARATIONS = 8;

function parameterChanges(before: Json, after: Json, path: readonly string[]): Change[] {
  if (isObject(before) && isObject(after)) {
    return keysOf(before, after).flatMap((key) =>
      parameterChanges(before[key] ?? null, after[key] ?? null, [...path, key]),
    );
  }
  if (canonical(before) === canonical(after)) return [];
  return [{ kind: 'parameter', path, before, after }];
}

/** The parameter with the texts of a command's files, if the values alone do not determine these texts. */
const TEXTS = 'writtenAs';

/**
 * The texts of a command's files repeat its values. So a change of a text is reported as the change of its values,
 * or, if the values are equal (`1` and `1.0`), as the changed lines.
 */
function parametersChanged({ parameters: old }: Fingerprint, { parameters: now }: Fingerprint) {
  const { [TEXTS]: oldTexts, ...before } = old;
  const { [TEXTS]: nowTexts, ...after } = now;
  const changes = parameterChanges(before, after, []);
  if (canonical(oldTexts ?? null) === canonical(nowTexts ?? null)) return changes;
  const [was, is] = [textsOf(oldTexts), textsOf(nowTexts)];
  for (const name of keysOf(was, is)) {
    const path = name === '' ? ['with'] : ['params', name];
    const isReported = changes.some(
      (one) => one.kind === 'parameter' && path.every((step, at) => one.path[at] === step),
    );
    if (isReported || was[name] === is[name]) continue;
    const lines = (text: string | undefined, values: JsonObject) =>
      (text ?? usualText(name, valuesOf(values, path))).split('\n');
    const [left, right] = [lines(was[name], before), lines(is[name], after)];
    changes.push({
      kind: 'parameter',
      path,
      before: linesBeside(left, right),
      after: linesBeside(right, left),
    });
  }
  return changes;
}

/** The lines that are not among the others. */
function linesBeside(lines: readonly string[], others: readonly string[]): string {
  const own = lines.filter((line) => !others.includes(line));
  return own.map((line) => line.trim()).join('\n');
}

/** File -> text. The file of `with` has the name ''. */
function textsOf(texts: Json | undefined): Record<string, string> {
  const { with: own, params } = (texts ?? {}) as { with?: string; params?: Record<string, string> };
  return { ...params, ...(own !== undefined && { '': own }) };
}

function valuesOf(parameters: JsonObject, path: readonly string[]): Json {
  const step = (value: Json, name: string): Json => (isObject(value) ? (value[name] ?? {}) : {});
  return path.reduce<Json>(step, parameters);
}

function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function keysOf(before: object, after: object): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
}

function textChanges(
  kind: 'package' | 'environment',
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Change[] {
  return keysOf(before, after)
    .filter((name) => before[name] !== after[name])
    .map((name) => ({ kind, name, before: before[name] ?? null, after: after[name] ?? null }));
}

/** The difference of multisets, because the same artifact may occur twice. */
function withoutAll(from: readonly Digest[], taken: readonly Digest[]): Digest[] {
  const rest = [...taken];
  return from.filter((digest) => {
    const at = rest.indexOf(digest);
    if (at < 0) return true;
    rest.splice(at, 1);
    return false;
  });
}
