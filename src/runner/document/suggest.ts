/** Suggests the word that was probably meant. */
import leven from 'leven';

/** ` (did you mean "inputs"?)`, or the empty string if no known word is similar. `nameOf` is how it is written. */
export function didYouMean(
  word: string,
  known: Iterable<string>,
  nameOf = (nearest: string): string => nearest,
): string {
  const nearest = closest(word, known);
  return nearest === undefined ? '' : ` (did you mean "${nameOf(nearest)}"?)`;
}

function closest(word: string, known: Iterable<string>): string | undefined {
  // A third of the letters may differ; two swapped letters count as two. So 'tetx' matches 'text', and
  // 'foo' does not match 'svd'.
  const most = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  let best: string | undefined;
  let bestDistance = most + 1;
  for (const candidate of known) {
    const distance = leven(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
