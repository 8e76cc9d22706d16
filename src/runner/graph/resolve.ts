/** Resolves the variables in the declaration of one instance, and checks its parameters. */
import type { JsonObject } from '../../base/json.ts';
import { check } from '../document/check.ts';
import { type Diagnostic, error } from '../document/diagnostic.ts';
import { interpolate } from '../document/interpolate.ts';
import {
  type Located,
  type LocatedEntry,
  type LocatedMap,
  plainText,
} from '../document/located.ts';
import type { InputDeclaration, StageDeclaration } from '../document/pipeline-document.ts';
import type { Span } from '../document/source.ts';
import { didYouMean } from '../document/suggest.ts';
import { jsonText } from '../document/write-json.ts';
import { defaultPolicy, type ExecutionPolicy, readExecutionPolicy } from './execution-policy.ts';
import type { Instance } from './matrix.ts';
import type { ParamsFiles } from './params-file.ts';
import type { StageType } from './stage-type.ts';

export interface ResolvedStage {
  readonly parameters: JsonObject;
  /** The parameters as written, each value with the place that set it. */
  readonly declared: Located;
  readonly inputs: ReadonlyMap<string, InputDeclaration>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly metrics: readonly string[];
  readonly policy: ExecutionPolicy;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ResolveContext {
  /** The variables that `${...}` can name, besides `matrix`. */
  readonly variables: LocatedMap;
  readonly params: ParamsFiles;
}

/** The kind of the outputs of commands. It fits every input; the stage that reads it decides whether it is valid. */
export const ANY_KIND = 'any';

export function resolveStage(
  declaration: StageDeclaration,
  type: StageType,
  instance: Instance,
  { variables, params }: ResolveContext,
): ResolvedStage {
  const scope = scopeOf(variables, instance, declaration.nameSpan);
  const diagnostics: Diagnostic[] = [];
  const resolved = (node: Located): Located => {
    const { root, diagnostics: found } = interpolate(node, scope);
    for (const one of found) diagnostics.push(one);
    return root;
  };
  const inputs = resolveInputs(declaration.inputs, resolved, diagnostics);
  const policyNode = resolved(declaration.policy);
  const command = new Map(
    [...declaration.command].map(([key, entry]) => {
      const value = resolved(entry.value);
      return [key, value === entry.value ? entry : { ...entry, value }];
    }),
  );
  const declared = type.open
    ? commandParameters(declaration, command, resolved, params, diagnostics)
    : resolved(declaration.parameters);
  const nothing = {
    parameters: {},
    declared,
    inputs,
    // Those of a type are known even if its parameters are wrong, so that references to them are not errors too.
    outputs: type.open ? {} : type.outputs,
    metrics: [],
    policy: defaultPolicy,
  };
  if (diagnostics.length > 0) return { ...nothing, diagnostics };

  const commandOptions = {
    passEnv: textsOf(command.get('passEnv')),
    scratch: textsOf(command.get('scratch')),
  };
  const { policy, diagnostics: found } = readExecutionPolicy(policyNode, commandOptions);
  for (const one of found) diagnostics.push(one);
  const checked = check(type.parameters, declared, 'parameter', `"${type.name}"`);
  for (const one of checked.diagnostics.map((one) => usedBy(one, declaration)))
    diagnostics.push(one);
  // A schema of parameters is only known to take a map.
  const parameters = (checked.value ?? {}) as JsonObject;
  const named = Object.keys((parameters.outputs ?? {}) as JsonObject);
  const outputs = type.open
    ? Object.fromEntries(named.map((name) => [name, ANY_KIND]))
    : type.outputs;
  const metrics = textsOf(command.get('metrics'));
  for (const name of checked.value ? metrics : []) {
    if (named.includes(name)) continue;
    const { value } = command.get('metrics')!;
    diagnostics.push(error(`no output is named "${name}"${didYouMean(name, named)}`, value.span));
  }
  return { parameters, declared, inputs, outputs, metrics, policy, diagnostics };
}

/** Instances without axes share one scope. */
function scopeOf(variables: LocatedMap, { axes, located }: Instance, span: Span): LocatedMap {
  if (axes.size === 0) return variables;
  const value: LocatedMap = { kind: 'map', entries: new Map(located), span };
  const matrix = { keySpan: span, value };
  return { ...variables, entries: new Map([...variables.entries, ['matrix', matrix]]) };
}

function commandParameters(
  declaration: StageDeclaration,
  command: ReadonlyMap<string, LocatedEntry>,
  resolved: (node: Located) => Located,
  params: ParamsFiles,
  diagnostics: Diagnostic[],
): Located {
  const entries = new Map<string, LocatedEntry>();
  for (const key of ['run', 'shell', 'env', 'outputs']) {
    const entry = command.get(key);
    if (entry) entries.set(key, entry);
  }
  const env = command.get('env');
  if (env) entries.set('env', { ...env, value: asTexts(env.value) });
  const span = declaration.nameSpan;
  const texts = new Map<string, LocatedEntry>();
  const files = command.get('params');
  if (files) {
    const taken = params.resolve(files.value);
    for (const one of taken.diagnostics) diagnostics.push(one);
    entries.set('params', { ...files, value: taken.root });
    if (taken.texts.size > 0) {
      texts.set('params', { ...files, value: { kind: 'map', entries: taken.texts, span } });
    }
  }
  const own = resolved(declaration.parameters);
  if (own.kind !== 'map' || own.entries.size > 0) {
    entries.set('with', { keySpan: span, value: own });
    const { text, faults } = jsonText(own, '', false);
    for (const one of faults) {
      diagnostics.push(
        error(`${one.value} can't be written as JSON, which "with" requires`, one.span),
      );
    }
    if (text !== undefined) {
      texts.set('with', { keySpan: span, value: { kind: 'scalar', value: text, span: own.span } });
    }
  }
  // Added only if needed, so that existing keys do not change.
  if (texts.size > 0) {
    entries.set('writtenAs', { keySpan: span, value: { kind: 'map', entries: texts, span } });
  }
  return { kind: 'map', entries, span };
}

/** Environment variables are texts, so `1.0` stays `1.0`. */
function asTexts(node: Located): Located {
  if (node.kind !== 'map') return node;
  const entries = new Map(node.entries);
  for (const [name, entry] of entries) {
    const { value } = entry;
    if (value.kind !== 'scalar' || value.text === undefined) continue;
    entries.set(name, { ...entry, value: { ...value, value: value.text } });
  }
  return { ...node, entries };
}

/** Names and references may contain variables, except in the stage that a reference names. */
function resolveInputs(
  inputs: ReadonlyMap<string, InputDeclaration>,
  resolved: (node: Located) => Located,
  diagnostics: Diagnostic[],
): ReadonlyMap<string, InputDeclaration> {
  const written = [...inputs].some(
    ([port, { references }]) =>
      port.includes('${') || references.some((one) => one.value.includes('${')),
  );
  if (!written) return inputs;
  const text = (value: string, span: InputDeclaration['keySpan']): string =>
    plainText(resolved({ kind: 'scalar', value, span }));
  const named = new Map<string, InputDeclaration>();
  for (const [port, { keySpan, references }] of inputs) {
    const name = text(port, keySpan);
    if (named.has(name)) diagnostics.push(error(`a second input is named "${name}"`, keySpan));
    named.set(name, {
      keySpan,
      references: references.map(({ value, span }) => ({ value: text(value, span), span })),
    });
  }
  return named;
}

function textsOf(entry: LocatedEntry | undefined): string[] {
  return entry?.value.kind === 'list' ? entry.value.items.map(plainText) : [];
}

/** If a value is set in another file, such as a configuration, the message also shows the stage that uses it. */
function usedBy(diagnostic: Diagnostic, { name, nameSpan }: StageDeclaration): Diagnostic {
  if (diagnostic.span?.file === nameSpan.file) return diagnostic;
  return {
    ...diagnostic,
    related: [{ message: `a parameter of stage "${name}"`, span: nameSpan }],
  };
}
