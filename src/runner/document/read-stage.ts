/** Reads one declared stage from a tree whose shape has been checked. */
import { type Diagnostic, error } from './diagnostic.ts';
import { type Located, type LocatedEntry, type LocatedMap, toPlain } from './located.ts';
import {
  commandKeys,
  type InputDeclaration,
  type MatrixDeclaration,
  policyKeys,
  type StageDeclaration,
} from './pipeline-document.ts';
import type { Span, Spanned } from './source.ts';

export interface ReadStage {
  readonly stage: StageDeclaration;
  readonly diagnostics: readonly Diagnostic[];
}

export function readStage(name: string, nameSpan: Span, node: LocatedMap): ReadStage {
  const diagnostics: Diagnostic[] = [...checkName(name, nameSpan)];
  const get = (key: string) => node.entries.get(key)?.value;
  const each = get('each');
  const when = get('when');
  const uses = get('uses');
  const isCommand = uses ? toPlain(uses) === 'command' : node.entries.has('run');
  if (!uses && !isCommand) {
    const suggestion = 'name a stage type with "uses", or give a shell command with "run"';
    diagnostics.push(
      error(`stage "${name}" has neither "uses" nor "run"`, nameSpan, { suggestion }),
    );
  }
  for (const key of isCommand ? [] : commandKeys) {
    const entry = node.entries.get(key);
    if (!entry) continue;
    const suggestion = 'other stage types declare this in their code';
    diagnostics.push(error(`only commands can have "${key}"`, entry.keySpan, { suggestion }));
  }
  if (isCommand && !node.entries.has('run')) {
    diagnostics.push(error('a command needs "run"', nameSpan));
  }
  const stage: StageDeclaration = {
    name,
    nameSpan,
    uses: uses
      ? text(uses)
      : { value: 'command', span: node.entries.get('run')?.keySpan ?? nameSpan },
    matrix: readMatrix(get('matrix'), diagnostics),
    ...(each && { each: text(each) }),
    ...(when && { when }),
    parameters: get('with') ?? emptyMap(nameSpan),
    inputs: readInputs(get('inputs'), get('files'), diagnostics),
    command: isCommand ? only(node, commandKeys) : new Map(),
    policy: { kind: 'map', entries: only(node, policyKeys), span: nameSpan },
  };
  return { stage, diagnostics };
}

export const STAGE_NAME = /^[A-Za-z_][\w-]*$/;

function checkName(name: string, span: Span): Diagnostic[] {
  if (STAGE_NAME.test(name)) return [];
  const suggestion =
    'a name consists of letters, digits, "-" and "_", and begins with a letter or "_"';
  return [error(`"${name}" can't be the name of a stage`, span, { suggestion })];
}

function text(value: Located): Spanned<string> {
  return { value: String(toPlain(value)), span: value.span };
}

function emptyMap(span: Span): LocatedMap {
  return { kind: 'map', entries: new Map(), span };
}

function only(node: LocatedMap, keys: readonly string[]): Map<string, LocatedEntry> {
  const entries = new Map<string, LocatedEntry>();
  for (const key of keys) {
    const entry = node.entries.get(key);
    if (entry) entries.set(key, entry);
  }
  return entries;
}

/** A product may have the keys `include` (more products) and `exclude` next to its axes. */
function readMatrix(matrix: Located | undefined, diagnostics: Diagnostic[]): MatrixDeclaration {
  const products: LocatedMap[] = [];
  const excluded: LocatedMap[] = [];
  const maps = (node: Located, key: string): LocatedMap[] => {
    const items = node.kind === 'list' ? node.items : [node];
    for (const item of items) {
      if (item.kind !== 'map') {
        diagnostics.push(error(`"${key}" must be a list of maps from axes to values`, item.span));
      }
    }
    return items.filter((item): item is LocatedMap => item.kind === 'map');
  };
  for (const product of matrix ? maps(matrix, 'matrix') : []) {
    const entries = new Map(product.entries);
    entries.delete('include');
    entries.delete('exclude');
    if (entries.size > 0) products.push({ ...product, entries });
    const include = product.entries.get('include');
    const exclude = product.entries.get('exclude');
    // Added one by one, because a long list spread into a call would overflow the stack.
    for (const map of include ? maps(include.value, 'include') : []) products.push(map);
    for (const map of exclude ? maps(exclude.value, 'exclude') : []) excluded.push(map);
  }
  return { products, excluded };
}

/** `files` are inputs that have the same path in the command's folder as in the project. */
function readInputs(
  inputs: Located | undefined,
  files: Located | undefined,
  diagnostics: Diagnostic[],
): Map<string, InputDeclaration> {
  const read = new Map<string, InputDeclaration>();
  if (inputs?.kind === 'map') {
    for (const [port, { keySpan, value }] of inputs.entries) {
      const references = value.kind === 'list' ? value.items.map(text) : [text(value)];
      read.set(port, { keySpan, references });
    }
  }
  for (const file of files?.kind === 'list' ? files.items : files ? [files] : []) {
    const { value, span } = text(file);
    const path = value.replace(/^(\.\/)+|\/+$/g, '');
    const known = read.get(path)?.references;
    // Naming the same file twice is allowed.
    if (known && (known.length > 1 || known[0]!.value !== `./${path}`)) {
      diagnostics.push(error(`a second input has the path "${path}"`, span));
    }
    read.set(path, { keySpan: span, references: [{ value: `./${path}`, span }] });
  }
  return read;
}
