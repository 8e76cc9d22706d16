/**
 * A located tree against a valibot schema: each issue becomes a diagnostic at its place, with the
 * word that was probably meant where a key or a choice is misspelt.
 */
import * as v from 'valibot';
import type { JsonObject } from '../json.ts';
import { type Diagnostic, error } from './diagnostic.ts';
import { formatPath, type Located, nodeAt, type Path, spanAt, toPlain } from './located.ts';
import { didYouMean } from './suggest.ts';

export interface Checked {
  /** With the schema's defaults filled in; undefined where there are errors. */
  readonly value: JsonObject | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** `what` names the thing whose keys are checked, for messages: 'stage', 'parameter'. */
export function check(schema: v.GenericSchema, node: Located, what: string): Checked {
  const result = v.safeParse(schema, toPlain(node));
  if (result.success) return { value: result.output as JsonObject, diagnostics: [] };
  const diagnostics = result.issues
    .flatMap(deepest)
    .map((issue) => describe(issue, schema, node, what));
  return { value: undefined, diagnostics };
}

type Issue = v.BaseIssue<unknown>;

/** A union reports one issue for all its branches; the branch that got furthest says more. */
function deepest(issue: Issue): Issue[] {
  const nested = issue.issues?.filter((inner) => (inner.path?.length ?? 0) > 0) ?? [];
  if (nested.length === 0) return [issue];
  const depth = Math.max(...nested.map((inner) => inner.path!.length));
  return nested
    .filter((inner) => inner.path!.length === depth)
    .map((inner) => ({ ...inner, path: [...(issue.path ?? []), ...inner.path!] }) as Issue);
}

function describe(issue: Issue, schema: v.GenericSchema, node: Located, what: string): Diagnostic {
  const path: Path = (issue.path ?? []).map((item) => item.key as string | number);
  const key = String(path.at(-1) ?? '');
  const present = nodeAt(node, path) !== undefined;
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const known = knownKeys(schema, path.slice(0, -1));
    const suggestion = known.length > 0 ? { suggestion: `known here: ${known.join(', ')}` } : {};
    const message = `unknown ${what} "${key}"${didYouMean(key, known)}`;
    return error(message, spanAt(node, path, 'key'), suggestion);
  }
  if (!present && path.length > 0) {
    return error(`"${formatPath(path)}" is missing`, spanAt(node, path.slice(0, -1), 'key'));
  }
  const at = path.length > 0 ? `"${formatPath(path)}": ` : '';
  // A pattern says nothing to people; whoever asks for one says what it means.
  const message =
    issue.expected && issue.type !== 'regex'
      ? `${at}expected ${expectation(issue.expected)} but found ${issue.received}`
      : `${at}${issue.message}`;
  const choices = [...(issue.expected ?? '').matchAll(/"([^"]*)"/g)].map((match) => match[1]!);
  const hint = didYouMean(issue.received.replaceAll('"', ''), choices);
  return error(message + hint, spanAt(node, path, 'value'));
}

function expectation(expected: string): string {
  return expected.replace(/^\((.*)\)$/, '$1').replaceAll(' | ', ' or ');
}

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
  return schema?.wrapped ? unwrap(schema.wrapped) : schema;
}
