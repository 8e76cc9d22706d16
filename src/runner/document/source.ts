/**
 * Places in source files.
 *
 * A span is plain data, because it is part of events and failures. So it has a line and a column instead of
 * a reference to the text. `start` and `end` are offsets in UTF-16 units, for the excerpt.
 */
import { isUtf8 } from 'node:buffer';

export interface SourceFile {
  /** As shown to users: relative to the project, or the option that contains the text (`--set`). */
  readonly path: string;
  readonly text: string;
  /** The offset in the text of the first bytes that are not UTF-8; the text has U+FFFD there. */
  readonly notUtf8?: number;
}

export function sourceOf(path: string, bytes: Buffer): SourceFile {
  const text = bytes.toString('utf8');
  return isUtf8(bytes) ? { path, text } : { path, text, notUtf8: placeOfFault(bytes) };
}

/** The offset of the first fault in the decoded text. */
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

/** The character that replaces bytes that are not UTF-8. */
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

/** Meant for a few places only, since it reads all text before them. */
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

/** Used instead of a file name for values from the environment of the process. */
export const ENVIRONMENT = 'the environment';

/**
 * `pipeline.yaml:12:5`, the form that terminals and editors turn into a link. For a text of the command
 * line, the option itself.
 */
export function formatPlace(span: Span): string {
  if (span.file.startsWith('--') || span.file === ENVIRONMENT) return span.file;
  return `${span.file}:${span.line}:${span.column}`;
}
