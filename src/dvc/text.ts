/**
 * A text of dvc.yaml with its references resolved: the text that DVC makes of it, and the text for pipeline.yaml, in
 * which variables stay variables.
 */
import type { Span } from '../runner/index.ts';

export interface TextPiece {
  readonly text: string;
  /** The value's name among the global variables, where it has one that a pipeline.yaml can use. */
  readonly variable?: string;
  /** The value's name below what a `foreach` or `matrix` goes through: `item`, `item.os`, `key`. */
  readonly item?: string;
  /** The value's name where it comes from a file: written out, it follows that file no longer. */
  readonly origin?: string;
  /** What the variable's value is as a text here, where that is not `text`: 1 for Python's 1.0. */
  readonly plain?: string;
  /** Stands on both sides of the variable. */
  readonly quote?: string;
}

export interface Text {
  /** What DVC makes of it. */
  readonly text: string;
  readonly pieces: readonly TextPiece[];
  readonly span: Span;
}

/** How references are written. */
export interface Writing {
  readonly isLive: (piece: TextPiece) => boolean;
  /** The axes for an item; undefined where the stage is not a matrix, and the value is written out. */
  readonly axis: (item: string) => string | undefined;
  /** Called with each piece whose value was written out though it comes from a file. */
  readonly frozen: (piece: TextPiece, span: Span) => void;
  /** Called with each variable that is written otherwise than by DVC. */
  readonly rewritten: (piece: TextPiece, span: Span) => void;
}

export function plainText(text: string, span: Span): Text {
  return { text, pieces: [{ text }], span };
}

export function writeText(text: Text, writing: Writing): string {
  return writtenPieces(text, writing)
    .map(({ written }) => written)
    .join('');
}

export interface WrittenPiece {
  readonly written: string;
  /** What it stands for. */
  readonly text: string;
}

export function writtenPieces({ pieces, span }: Text, writing: Writing): readonly WrittenPiece[] {
  let before = '';
  return pieces.map((piece) => {
    const { text, variable, item, origin, quote = '' } = piece;
    const axis = item === undefined ? undefined : writing.axis(item);
    const live = variable !== undefined && writing.isLive(piece) ? `\${${variable}}` : undefined;
    // `$` before a reference would read as an escape.
    const reference = before.endsWith('$') ? undefined : (axis ?? live);
    if (reference === undefined && origin !== undefined) writing.frozen(piece, span);
    else if (reference !== undefined && reference === live && piece.plain !== undefined) {
      writing.rewritten(piece, span);
    }
    const written = reference === undefined ? escaped(text) : `${quote}${reference}${quote}`;
    if (written !== '') before = written;
    return { written, text };
  });
}

/** `${` as plain text. */
export function escaped(text: string): string {
  // A function, since `$$` in a replacement is one sign.
  return text.replaceAll('${', () => '$${');
}
