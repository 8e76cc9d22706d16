/** Many short lines as few texts, so that writing them takes few system calls and no text of all of them is made. */
const SIZE = 1 << 16;

/** Each line ends with a newline. */
export function* inPieces(lines: Iterable<string>): Iterable<string> {
  let piece = '';
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < SIZE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
