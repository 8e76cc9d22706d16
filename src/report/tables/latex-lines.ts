/** Breaks texts into lines by their width in LaTeX. */
import { latexWidth } from './latex-width.ts';

/** Lines of whole words. A word that is wider than a line has a line of its own. */
export function wordLines(text: string, room: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && latexWidth(longer) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** Like `wordLines`, but words that are wider than a line are broken. */
export function narrowLines(text: string, room: number): readonly string[] {
  return wordLines(text, room).flatMap((line) => {
    const pieces = [''];
    for (const character of line) {
      const longer = pieces.at(-1) + character;
      if (latexWidth(longer) <= room) pieces[pieces.length - 1] = longer;
      else pieces.push(character);
    }
    return pieces;
  });
}
