/**
 * Parses YAML text into a located tree, and reports every problem of the text as a diagnostic.
 *
 * It knows nothing about pipelines; see `read-document` for that.
 */
import { LineCounter, parseDocument } from 'yaml';
import { type Diagnostic, error } from './diagnostic.ts';
import type { Located } from './located.ts';
import { type SourceFile, type Span, spanIn } from './source.ts';
import { firstTooDeep, withinStack } from './yaml-depth.ts';
import { yamlFault } from './yaml-faults.ts';
import { TreeReader, tooDeep, type Verbatim } from './yaml-tree.ts';

export interface ParsedYaml {
  /** Undefined if the text is empty or not YAML. */
  readonly root: Located | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** The version of YAML, if the text has a `%YAML` directive. */
  readonly version?: string;
}

export function parseYaml(source: SourceFile, verbatim?: Verbatim): ParsedYaml {
  if (source.notUtf8 !== undefined) return notUtf8(source, source.notUtf8);
  const lineCounter = new LineCounter();
  // Duplicate keys are found here: the library compares each key with every other, in quadratic time.
  const options = { lineCounter, prettyErrors: false, uniqueKeys: false };
  const document = withinStack(() => parseDocument(source.text, options));
  const place = (start: number, end: number): Span => {
    const { line, col } = lineCounter.linePos(start);
    return { file: source.path, start, end, line: Math.max(1, line), column: Math.max(1, col) };
  };
  // The library ran out of stack.
  if (!document || document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) {
    const start = firstTooDeep(source.text) ?? 0;
    return { root: undefined, diagnostics: [tooDeep(place(start, start + 1))] };
  }
  // One wrong character usually makes everything after it wrong, so only the first error is useful.
  const diagnostics = document.errors
    .slice(0, 1)
    .map((problem) => yamlFault(problem, source.text, place(...problem.pos)));
  if (diagnostics.length > 0 || document.contents === null) return { root: undefined, diagnostics };
  const reader = new TreeReader(document, source, place, diagnostics, verbatim);
  const root = reader.read(document.contents);
  const { explicit, version } = document.directives.yaml;
  return {
    root: diagnostics.length > 0 ? undefined : root,
    diagnostics,
    ...(explicit && { version }),
  };
}

function notUtf8(source: SourceFile, start: number): ParsedYaml {
  const span = spanIn(source, start, start + 1);
  const suggestion = `save the file as UTF-8, for example: iconv -f LATIN1 -t UTF-8 ${source.path}`;
  const diagnostics = [error('this text is not UTF-8', span, { suggestion })];
  return { root: undefined, diagnostics };
}
