/**
 * A problem in a document: what is wrong, where, and what to do about it.
 *
 * Diagnostics are values, so that a reader can collect all problems before they are reported.
 */
import { formatPlace, type SourceFile, type Span } from './source.ts';

export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly span?: Span;
  /** Other places that matter to the message, such as the use of a value that is set elsewhere. */
  readonly related?: readonly { readonly message: string; readonly span: Span }[];
  /** The next step, as a sentence. */
  readonly suggestion?: string;
}

export function error(
  message: string,
  span?: Span,
  more: Pick<Diagnostic, 'related' | 'suggestion'> = {},
): Diagnostic {
  return { severity: 'error', message, ...(span && { span }), ...more };
}

/** The text for the user: a headline with the place, the line with a caret, notes, the suggestion. */
export function formatDiagnostic(
  diagnostic: Diagnostic,
  sources: readonly SourceFile[],
  columns = 80,
): string {
  const { severity, message, span, related = [], suggestion } = diagnostic;
  const lines = [
    span ? `${formatPlace(span)}: ${severity}: ${message}` : `${severity}: ${message}`,
  ];
  if (span) lines.push(...excerpt(span, sources, columns));
  for (const note of related) lines.push(`  note: ${note.message} (${formatPlace(note.span)})`);
  if (suggestion) lines.push(`  help: ${suggestion}`);
  return lines.join('\n');
}

const WIDEST_EXCERPT = 68;
const LEAST_EXCERPT = 16;

/** The line, or its part around the caret if it is too wide for the terminal. */
function excerpt(span: Span, sources: readonly SourceFile[], columns: number): string[] {
  const text = sources.find((source) => source.path === span.file)?.text;
  const line = text?.split('\n')[span.line - 1]?.replace(/\r$/, '');
  if (line === undefined) return [];
  const at = span.column - 1;
  const gutter = ` ${span.line} | `;
  const room = Math.max(LEAST_EXCERPT, Math.min(WIDEST_EXCERPT, columns - gutter.length));
  const before = Math.min(20, Math.floor(room / 3));
  const from = line.length > room && at > room - before ? at - before : 0;
  const shown = line.slice(from, from + room).replaceAll('\t', ' ');
  const width = Math.max(1, Math.min(span.end - span.start, shown.length - (at - from)));
  return [
    `${gutter}${shown}`,
    `${' '.repeat(gutter.length - 2)}| ${' '.repeat(at - from)}${'^'.repeat(width)}`,
  ];
}
