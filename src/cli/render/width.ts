/**
 * Texts measured in columns of a terminal: CJK characters and emoji take two, combining marks none.
 *
 * The table of wide characters comes from a library. string-width is not used, because it creates an `Intl.Segmenter`,
 * which takes 10 ms at each start of the program.
 */
import { stripVTControlCharacters } from 'node:util';
import { eastAsianWidth } from 'get-east-asian-width';

const ASCII = /^[\x20-\x7e]*$/;
const COMBINING = /[\p{Mn}\p{Me}\p{Cf}\p{Emoji_Modifier}]/u;
const JOINER = '\u200d';
/** Requests the emoji form of the character before it. */
const EMOJI_STYLE = '\ufe0f';

interface Sign {
  readonly text: string;
  readonly columns: number;
}

/** A character with its marks, or several characters that are joined to one emoji. */
function signsOf(text: string): readonly Sign[] {
  const signs: { text: string; columns: number }[] = [];
  for (const character of text) {
    const last = signs.at(-1);
    const isJoined = last?.text.endsWith(JOINER) ?? false;
    if (last && (isJoined || COMBINING.test(character))) {
      last.text += character;
      if (character === EMOJI_STYLE) last.columns = 2;
    } else {
      const columns = COMBINING.test(character) ? 0 : eastAsianWidth(character.codePointAt(0) ?? 0);
      signs.push({ text: character, columns });
    }
  }
  return signs;
}

/** Control sequences, such as those of colours, take no columns. */
export function columnsOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  return signsOf(stripVTControlCharacters(text)).reduce((sum, { columns }) => sum + columns, 0);
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - columnsOf(text))) + text;
}

/** The longest beginning that fits. */
export function beginningOf(text: string, columns: number): string {
  return piecesOf(text, columns)[0] ?? '';
}

/** Splits the text into pieces that fit into `columns`. No character is split. */
export function piecesOf(text: string, columns: number): readonly string[] {
  const pieces = [''];
  let taken = 0;
  for (const sign of signsOf(text)) {
    if (taken > 0 && taken + sign.columns > columns) {
      pieces.push('');
      taken = 0;
    }
    pieces[pieces.length - 1] += sign.text;
    taken += sign.columns;
  }
  return pieces;
}

/** The text on one line, without what does not fit. */
export function fitting(text: string, columns: number): string {
  const line = text.replace(/[\n\t]/g, ' ');
  return columnsOf(line) <= columns ? line : beginningOf(line, columns);
}

/** The longest end that fits. */
export function endingOf(text: string, columns: number): string {
  let ending = '';
  let taken = 0;
  for (const sign of [...signsOf(text)].reverse()) {
    taken += sign.columns;
    if (taken > columns) break;
    ending = sign.text + ending;
  }
  return ending;
}
