/**
 * A text of dvc.yaml with its references resolved: the text that DVC makes of it, and the text for pipeline.yaml, in
 * which variables stay variables.
 */
import type { Span } from '../runner/index.ts';

export interface TextPiece {
  readonly text: string;
  /** The name of the global variable, if the name is valid in pipeline.yaml. */
  readonly variable?: string;
  /** The name in the item of a `foreach` or `matrix`: `item`, `item.os`, `key`. */
  readonly item?: string;
  /** The name of a value from a file. If the value is copied, later changes of that file have no effect. */
  readonly origin?: string;
  /** The text of the value in pipeline.yaml if it differs from `text`: 1 for Python's 1.0. */
  readonly plain?: string;
  /** The quote on both sides of the variable. */
  readonly quote?: string;
}

export interface Text {
  /** The text after DVC has resolved it. */
  readonly text: string;
  readonly pieces: readonly TextPiece[];
  readonly span: Span;
}

/** How references are written. */
export interface Writing {
  readonly isLive: (piece: TextPiece) => boolean;
  /** The reference to an axis for an item; undefined if the stage has no matrix, and the value is copied. */
  readonly axis: (item: string) => string | undefined;
  /** Called with each piece whose value comes from a file and was copied. */
  readonly frozen: (piece: TextPiece, span: Span) => void;
  /** Called with each variable whose text differs from DVC's. */
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
  /** The resolved text. */
  readonly text: string;
}

export function writtenPieces({ pieces, span }: Text, writing: Writing): readonly WrittenPiece[] {
  let before = '';
  return pieces.map((piece) => {
    const { text, variable, item, origin, quote = '' } = piece;
    const axis = item === undefined ? undefined : writing.axis(item);
    const live = variable !== undefined && writing.isLive(piece) ? `\${${variable}}` : undefined;
    // `$` before a reference would be an escape.
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
  // A function, because `$$` in a replacement text means `$`.
  return text.replaceAll('${', () => '$${');
}
