/** Texts for the terminal. */
import { stripVTControlCharacters, styleText } from 'node:util';
import { duration } from '../../base/units.ts';
import type { Host } from '../host.ts';
import { beginningOf, columnsOf, endingOf, piecesOf } from './width.ts';

export type Colour = 'green' | 'yellow' | 'red' | 'cyan' | 'dim' | 'bold';

export function paint(host: Pick<Host, 'interactive'>, colour: Colour, text: string): string {
  return host.interactive ? styleText(colour, visible(text)) : visible(text);
}

/** `text`, or its beginning and an ellipsis if it is wider than `width` columns. */
export function cut(text: string, width: number): string {
  const room = Math.max(8, width);
  const shown = visible(text);
  return columnsOf(shown) <= room ? shown : `${beginningOf(shown, room - 1)}…`;
}

/** `text`, or its beginning and its end: names of instances differ at the end. */
export function cutInside(text: string, width: number): string {
  const shown = visible(text);
  if (columnsOf(shown) <= width) return shown;
  const beginning = beginningOf(shown, Math.floor((width - 1) / 3));
  return `${beginning}…${endingOf(shown, width - 1 - columnsOf(beginning))}`;
}

/**
 * Breaks lines between words, and indents the rest. Texts in quotes or brackets stay together, so that a search finds
 * them. Excerpts of a source (`12 | text`) are not broken, since their caret would move.
 *
 * wrap-ansi is not used, because it does neither.
 */
export function wrap(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => (/^ +\d* ?\|/.test(line) ? [line] : wrapLine(line, width)))
    .join('\n');
}

/** Like `wrap`, but also breaks words that are longer than a line, for terminals that do not wrap. */
export function fold(text: string, width: number): string {
  return wrap(text, width)
    .split('\n')
    .flatMap((line) =>
      columnsOf(line) <= width ? [line] : piecesOf(stripVTControlCharacters(line), width),
    )
    .join('\n');
}

/** Words with the space before them. A quoted or bracketed text is part of its word. */
const WORDS = /\s*(?:\([^()]*\)|"[^"]*"|[^\s("]|[("])+/g;

function wrapLine(line: string, width: number): string[] {
  const indent = ' '.repeat(line.search(/\S|$/) + 4);
  const lines = [''];
  for (const word of line.match(WORDS) ?? []) {
    const longer = (lines.at(-1) ?? '') + word;
    if (longer === word || columnsOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(indent + word.trimStart());
  }
  return lines;
}

/** `  - text` with its detail below. Wrapped, so that no file name is cut. */
export function sentenceLines(
  { text, detail }: { readonly text: string; readonly detail?: string },
  { columns }: Pick<Host, 'columns'>,
): string[] {
  const lines = [`  - ${text}`, ...(detail === undefined ? [] : [`      ${detail}`])];
  return lines.flatMap((line) => wrapLine(visible(line), columns));
}

/** `42% loss 0.31, 231 images/s, 12 s left`. */
export function progressText(progress: {
  readonly fraction?: number;
  readonly message?: string;
  readonly secondsLeft?: number;
}): string {
  const { fraction, message, secondsLeft } = progress;
  const percent = fraction === undefined ? '' : `${Math.floor(fraction * 100)}%`;
  const left = secondsLeft === undefined ? '' : `${duration(Math.ceil(secondsLeft))} left`;
  return [percent, [message, left].filter(Boolean).join(', ')].filter(Boolean).join(' ');
}

/**
 * Escapes control characters, and characters that change the direction of text, in names and texts from elsewhere. Line
 * ends and tabs are kept.
 */
export function visible(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (sign) => {
    const code = sign.codePointAt(0)!.toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`;
  });
}

/** Output of a program without control sequences, such as colours and bells. Tabs are kept. */
export function harmless(line: string): string {
  return stripVTControlCharacters(line).replace(/[^\P{Cc}\t]/gu, '');
}
