/** The end of an error about a column that no table has: the column that was probably meant, or the known ones. */
import { didYouMean } from '../../runner/index.ts';

const MOST_LISTED = 12;

export function columnHint(name: string, known: readonly string[]): string {
  const longer = known.filter((column) => column.toLowerCase().includes(name.toLowerCase()));
  if (longer.length === 1) return ` (did you mean "${longer[0]}"?)`;
  const guess = longer.length > 0 ? '' : didYouMean(name, known);
  if (guess !== '') return guess;
  const shown = longer.length > 0 ? longer : known;
  const more = shown.length > MOST_LISTED ? `, and ${shown.length - MOST_LISTED} more` : '';
  return `; known: ${shown.slice(0, MOST_LISTED).join(', ')}${more}`;
}
