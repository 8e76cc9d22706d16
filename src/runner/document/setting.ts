/** One `--set PATH=VALUE` of the command line: `training.epochs=2`, `svd.rates[5]=64`, `a=[1, 2]`. */
import { fail, ok, type Result } from '../result.ts';
import { type Diagnostic, error } from './diagnostic.ts';
import type { Located, Path } from './located.ts';
import { parseYaml } from './parse-yaml.ts';
import type { SourceFile, Span } from './source.ts';

export interface Setting {
  readonly path: Path;
  readonly pathSpan: Span;
  readonly value: Located;
  readonly source: SourceFile;
}

const PATH = /^[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|\[\d+\])*$/;

export function parseSetting(
  text: string,
): Result<Setting, { source: SourceFile; diagnostics: readonly Diagnostic[] }> {
  const source: SourceFile = { path: `--set ${text}`, text };
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(0, equals)).trim();
  if (equals < 0 || !PATH.test(name)) {
    const span = { file: source.path, start: 0, end: text.length, line: 1, column: 1 };
    const suggestion = 'write PATH=VALUE, such as training.epochs=2 or "svd.rates=[1, 10]"';
    return fail({ source, diagnostics: [error('not a setting', span, { suggestion })] });
  }
  // The value keeps its column in the whole option: everything before it is blanked, not cut.
  const padded: SourceFile = {
    path: source.path,
    text: ' '.repeat(equals + 1) + text.slice(equals + 1),
  };
  const { root, diagnostics } = parseYaml(padded);
  if (diagnostics.length > 0) return fail({ source, diagnostics });
  const span = {
    file: source.path,
    start: equals + 1,
    end: text.length,
    line: 1,
    column: equals + 2,
  };
  const path = name
    .split(/[.[]/)
    .map((step) => (step.endsWith(']') ? Number(step.slice(0, -1)) : step));
  const pathSpan = { file: source.path, start: 0, end: name.length, line: 1, column: 1 };
  return ok({ path, pathSpan, value: root ?? { kind: 'scalar', value: null, span }, source });
}
