/**
 * Places in source files.
 *
 * A span is plain data (it travels in events and failures), so it carries its line and column rather
 * than a reference to the text; `start` and `end` are offsets in UTF-16 units for the excerpt.
 */
export interface SourceFile {
  /** As shown to people: relative to the project, or the option that held the text (`--set`). */
  readonly path: string;
  readonly text: string;
}

export interface Span {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
}

/** A value together with the place that set it. */
export interface Spanned<T> {
  readonly value: T;
  readonly span: Span;
}

/** Stands for a file where the process's environment set a value. */
export const ENVIRONMENT = 'the environment';

/**
 * `pipeline.yaml:12:5`, the form that terminals and editors turn into a link. A text of the command
 * line has no lines to go to, and stands for itself.
 */
export function formatPlace(span: Span): string {
  if (span.file.startsWith('--') || span.file === ENVIRONMENT) return span.file;
  return `${span.file}:${span.line}:${span.column}`;
}
