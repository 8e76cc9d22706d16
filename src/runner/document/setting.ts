/**
 * One `--set PATH=VALUE` of the command line: `training.epochs=2`, `svd.rates[5]=64`, `a=[1, 2]`.
 *
 * The value is everything after the `=`. It is parsed as YAML if all of it is one value: a number, true or
 * false, a text in quotes, a list or a map in brackets. Otherwise it is a text (`a=b # c`, `a=!x y`).
 */
import { parseJson } from '../../base/json-text.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { type Diagnostic, error } from './diagnostic.ts';
import type { Located, Path } from './located.ts';
import { parseYaml } from './parse-yaml.ts';
import { REPLACEMENT, type SourceFile, type Span } from './source.ts';

export interface Setting {
  readonly path: Path;
  readonly pathSpan: Span;
  readonly value: Located;
  readonly source: SourceFile;
}

interface NoSetting {
  readonly source: SourceFile;
  readonly diagnostics: readonly Diagnostic[];
}

/** A key that contains a dot, a bracket or a space must be in quotes. */
const STEP = /"(?:[^"\\]|\\.)*"|\[\d+\]|[^\s.[\]="]+/g;
const KEY = String.raw`(?:"(?:[^"\\]|\\.)*"|[^\s.[\]="]+)`;
const SETTING = new RegExp(String.raw`^\s*(${KEY}(?:\.${KEY}|\[\d+\])*)\s*=`, 'd');

export function parseSetting(text: string): Result<Setting, NoSetting> {
  const source: SourceFile = { path: `--set ${text}`, text };
  const spanOf = (start: number, end: number): Span => {
    return { file: source.path, start, end, line: 1, column: start + 1 };
  };
  const refuse = (message: string, suggestion: string): Result<Setting, NoSetting> => {
    const diagnostics = [error(message, spanOf(0, text.length), { suggestion })];
    return fail({ source, diagnostics });
  };
  if (text.includes(REPLACEMENT)) {
    return refuse('this setting is not UTF-8', 'write it in UTF-8; U+FFFD itself is "\\ufffd"');
  }
  const match = SETTING.exec(text);
  const path = match ? stepsOf(match[1]!) : undefined;
  if (!match || !path) {
    return refuse(
      'not a setting',
      'write PATH=VALUE, such as training.epochs=2 or "svd.rates=[1, 10]"; put a key with a dot in quotes: \'files."a.csv"=1\'',
    );
  }
  const start = match[0].length;
  const value = readValue(source, start);
  if (!value.ok) return fail({ source, diagnostics: value.error });
  return ok({ path, pathSpan: spanOf(...match.indices![1]!), value: value.value, source });
}

/** Undefined if a key in quotes is not a JSON string. */
function stepsOf(name: string): Path | undefined {
  const steps = (name.match(STEP) ?? []).map((step) =>
    step.startsWith('[')
      ? Number(step.slice(1, -1))
      : step.startsWith('"')
        ? parseJson(step)
        : step,
  );
  return steps.includes(undefined) ? undefined : (steps as Path);
}

function readValue(source: SourceFile, from: number): Result<Located, readonly Diagnostic[]> {
  const given = source.text.slice(from);
  const start = from + given.length - given.trimStart().length;
  const whole = given.trim();
  const span = { file: source.path, start, end: start + whole.length, line: 1, column: start + 1 };
  // Everything before the value is replaced by spaces, so that columns count from the start of the option.
  const padded = { path: source.path, text: ' '.repeat(from) + given };
  const { root, diagnostics } = parseYaml(padded);
  if (/^[[{"']/.test(whole)) {
    if (diagnostics.length > 0) return fail(diagnostics);
    if (!root || root.span.end >= span.end) return ok(root ?? nothing(span));
    const rest = { ...span, start: root.span.end, column: root.span.end + 1 };
    return fail([error('there is text after the end of the value', rest, { suggestion: QUOTES })]);
  }
  if (whole === '') return ok(nothing(span));
  const isWhole =
    root?.kind === 'scalar' && root.span.start === start && root.span.end === span.end;
  const isText = root?.kind === 'scalar' && typeof root.value === 'string' && root.value !== whole;
  if (isWhole && !isText && !/^[|>*&!]/.test(whole)) return ok(root);
  return ok({ kind: 'scalar', value: whole, span });
}

const QUOTES = 'to set all of it as one text, put it in quotes';

function nothing(span: Span): Located {
  return { kind: 'scalar', value: null, span };
}
