/**
 * Places in source files.
 *
 * A span is plain data (it travels in events and failures), so it carries its line and column rather
 * than a reference to the text; `start` and `end` are offsets in UTF-16 units for the excerpt.
 */
import { isUtf8 } from 'node:buffer';

export interface SourceFile {
  /** As shown to people: relative to the project, or the option that held the text (`--set`). */
  readonly path: string;
  readonly text: string;
  /** The place in the text of the first bytes that are not UTF-8. The text has other characters there. */
  readonly notUtf8?: number;
}

export function sourceOf(path: string, bytes: Buffer): SourceFile {
  const text = bytes.toString('utf8');
  return isUtf8(bytes) ? { path, text } : { path, text, notUtf8: placeOfFault(bytes) };
}

/** In the decoded text. */
function placeOfFault(bytes: Buffer): number {
  let place = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf('\n', start);
    const end = newline < 0 ? bytes.length : newline + 1;
    const line = bytes.subarray(start, end);
    const text = line.toString('utf8');
    if (!isUtf8(line)) return place + Math.max(0, text.indexOf(REPLACEMENT));
    place += text.length;
    start = end;
  }
  return 0;
}

/** The character that stands in a text for bytes that are not UTF-8. */
export const REPLACEMENT = '\ufffd';

export interface Span {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
}

/** For a few places: it reads all of the text before them. */
export function spanIn({ path, text }: SourceFile, start: number, end: number): Span {
  const before = text.slice(0, start);
  const line = before.split('\n').length;
  return { file: path, start, end, line, column: start - before.lastIndexOf('\n') };
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
