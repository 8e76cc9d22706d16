/** Lines that are written in pieces: together they are the text of all lines. */
import { expect, it } from 'vitest';
import { inPieces } from '../../src/base/in-pieces.ts';

it('pieces are few, and together they are all lines', () => {
  const lines = Array.from({ length: 20_000 }, (_, at) => `line ${at}`);
  const pieces = [...inPieces(lines)];
  expect(pieces.join('')).toBe(`${lines.join('\n')}\n`);
  expect(pieces.length).toBeLessThan(10);
});

it('without lines there is no piece', () => {
  expect([...inPieces([])]).toEqual([]);
});
