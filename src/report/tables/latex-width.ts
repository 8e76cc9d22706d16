/** The width of a text in LaTeX, in points at 10 points, by the metrics of Computer Modern. */

export function latexWidth(text: string): number {
  let sum = 0;
  for (const character of text) sum += WIDTHS.get(character) ?? OTHERS;
  return sum;
}

/** Cyrillic letters, signs and whatever else is rare: about as wide as the widest of them. */
const OTHERS = 8;

/** Rounded up to the next group. */
const WIDTHS: ReadonlyMap<string, number> = new Map(
  [
    ['\u202f', 1.7],
    ["ijl.,:;'", 3.1],
    [' -I\u00a0', 3.7],
    ['frst()[]', 4],
    ['cez⁻⁰¹²³⁴⁵⁶⁷⁸⁹', 4.5],
    ['0123456789agov\u2013', 5.01],
    ['kqxyJ', 5.3],
    ['bdhnpuS', 5.6],
    ['FLP', 6.9],
    ['w', 7.3],
    ['ABCDEGHKNOQRTUVXYZ+\u2212', 7.9],
    ['m%M', 9.2],
    ['W', 10.3],
  ].flatMap(([characters, width]) =>
    [...(characters as string)].map((character) => [character, width as number] as const),
  ),
);
