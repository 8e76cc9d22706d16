import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { kernelModules } from '../../../scripts/kernels.mjs';
import { RowRotations } from '../../../src/linalg/kernels/rotations.ts';
import { gaussian } from '../test-matrices.ts';

test('the committed module is up to date (npm run kernels)', async () => {
  const file = 'linalg/kernels/rotations-module.ts';
  const committed = readFileSync(`src/${file}`, 'utf8');
  // The formatter breaks lines.
  const plain = (text: string): string => text.replace(/\s+/g, '');
  expect(plain(committed)).toBe(plain((await kernelModules()).get(file)!));
});

// Stripes have eight columns. 1030 rows are more than fit at first.
test.each([
  [2, 1],
  [5, 8],
  [6, 13],
  [1030, 9],
])('rotations of %i rows of %i columns have the bits of the plain loop', (rows, cols) => {
  const a = gaussian(rows, cols, 1);
  const expected = a.data.slice();
  const rotations = new RowRotations(a);
  for (let sweep = 0; sweep < 40; sweep++) {
    const bottom = rows - 1 - (sweep % 2 && rows > 2 ? 1 : 0);
    rotations.sweepFrom(bottom);
    for (let i = bottom - 1; i >= (sweep % 3 === 0 ? 0 : bottom - 1); i--) {
      const angle = sweep + i;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      rotations.turn(c, s);
      for (let j = 0; j < cols; j++) {
        const upper = expected[i * cols + j]!;
        const lower = expected[(i + 1) * cols + j]!;
        expected[i * cols + j] = c * upper - s * lower;
        expected[(i + 1) * cols + j] = s * upper + c * lower;
      }
    }
  }
  rotations.finish();
  expect(Buffer.compare(bytesOf(a.data), bytesOf(expected))).toBe(0);
});

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
