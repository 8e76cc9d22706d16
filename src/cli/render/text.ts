/** Words and numbers as the terminal shows them. */
import { stripVTControlCharacters, styleText } from 'node:util';
import { duration } from '../../base/units.ts';
import type { Host } from '../host.ts';
import { beginningOf, columnsOf, piecesOf } from './width.ts';

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

/**
 * Lines broken between their words, the rest indented a little more. What is in quotes or brackets
 * stays together, so that a search finds it; an excerpt of a source (`12 | text`) is left alone, since
 * its caret would lose its place.
 */
export function wrap(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => (/^ +\d* ?\|/.test(line) ? [line] : wrapLine(line, width)))
    .join('\n');
}

/** As `wrap`, and words that are longer than a line are broken too: a terminal that can't wrap shows all. */
export function fold(text: string, width: number): string {
  return wrap(text, width)
    .split('\n')
    .flatMap((line) =>
      columnsOf(line) <= width ? [line] : piecesOf(stripVTControlCharacters(line), width),
    )
    .join('\n');
}

/** Words with the space before them; a quoted or bracketed text is a part of its word. */
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

/** `  - text`, and its detail below it; wrapped, so that no file's name is cut. */
export function sentenceLines(
  { text, detail }: { readonly text: string; readonly detail?: string },
  { columns }: Pick<Host, 'columns'>,
): string[] {
  const lines = [`  - ${text}`, ...(detail === undefined ? [] : [`      ${detail}`])];
  return lines.flatMap((line) => wrapLine(visible(line), columns));
}

/** `a, b, c and 4 more`. */
export function listed(names: readonly string[], most = 3): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(', ')} and ${more} more` : names.join(', ');
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
 * Names and other texts that a person did not write here, as a terminal may show them: orders to the
 * terminal, and signs that turn the direction of a text, are spelled out. Ends of lines and tabs stay.
 */
export function visible(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (sign) => {
    const code = sign.codePointAt(0)!.toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`;
  });
}

/** What a program said, without orders to the terminal: colours, jumps, bells. Tabs stay. */
export function harmless(line: string): string {
  return stripVTControlCharacters(line).replace(/[^\P{Cc}\t]/gu, '');
}
