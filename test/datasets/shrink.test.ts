/** Resizing as Pillow does. The stored vectors are Pillow's; PIPELINE_PYTHON with Pillow compares more. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Size } from '../../src/datasets/resize.ts';
import { type Interpolation, shrinker } from '../../src/datasets/shrink.ts';

/** A pattern with all frequencies, which both sides can make. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => ((i * 40503) >> 5) & 255);
}

function resized(input: Size, output: Size, channels: number, how: Interpolation): number[] {
  const source = pattern(input.height * input.width * channels);
  return [...shrinker(input, output, channels, how)(source, 0)];
}

describe('resizing', () => {
  const square = { height: 8, width: 8 };
  const small = { height: 3, width: 5 };

  it.each([
    ['bilinear', [100, 167, 160, 138, 116, 106, 116, 144, 163, 146, 142, 120, 108, 122, 175]],
    ['bicubic', [93, 178, 167, 138, 116, 102, 107, 144, 168, 145, 150, 123, 104, 119, 177]],
  ] as const)('%s gives the bytes of Pillow', (how, bytes) => {
    expect(resized(square, small, 1, how)).toEqual(bytes);
  });

  it('leaves an image of the wanted size as it is', () => {
    expect(resized(square, square, 3, 'bicubic')).toEqual([...pattern(192)]);
  });

  it('reads the image that begins at the given place', () => {
    const two = Uint8Array.of(...pattern(64).fill(9), ...pattern(64));
    expect([...shrinker(square, small, 1, 'bilinear')(two, 64)]).toEqual(
      resized(square, small, 1, 'bilinear'),
    );
  });

  it('does not alias: a fine checkerboard becomes grey', () => {
    const board = Uint8Array.from({ length: 32 * 32 }, (_, i) => 255 * (((i >> 5) + i) & 1));
    const input = { height: 32, width: 32 };
    const gray = shrinker(input, { height: 4, width: 4 }, 1, 'bilinear')(board, 0);
    for (const value of gray) expect(Math.abs(value - 127.5)).toBeLessThan(3);
  });
});

const python = process.env.PIPELINE_PYTHON ?? 'python3';
const hasPillow = spawnSync(python, ['-c', 'import PIL, numpy']).status === 0;

const SCRIPT = `
import json, sys
import numpy as np
from PIL import Image
for h, w, c, oh, ow, how in json.loads(sys.argv[1]):
    a = ((np.arange(h * w * c) * 40503 >> 5) & 255).astype(np.uint8)
    image = Image.fromarray(a.reshape((h, w, 3) if c == 3 else (h, w)))
    how = Image.BILINEAR if how == "bilinear" else Image.BICUBIC
    print(json.dumps(np.asarray(image.resize((ow, oh), how)).reshape(-1).tolist()))
`;

const CASES: readonly (readonly [number, number, number, number, number, Interpolation])[] = [
  [28, 28, 1, 224, 224, 'bilinear'],
  [50, 37, 3, 25, 19, 'bilinear'],
  [50, 37, 3, 25, 19, 'bicubic'],
  [37, 61, 3, 61, 37, 'bicubic'],
  [37, 61, 3, 100, 61, 'bicubic'],
  [101, 63, 1, 1, 1, 'bicubic'],
  [1, 1, 3, 5, 4, 'bilinear'],
  [64, 48, 3, 7, 48, 'bilinear'],
];

describe.skipIf(!hasPillow)(
  `beside Pillow${hasPillow ? '' : ' (no Python with Pillow and NumPy)'}`,
  () => {
    it('all bytes are equal, for shrinking and enlarging in each direction', () => {
      const { stdout } = spawnSync(python, ['-c', SCRIPT, JSON.stringify(CASES)], {
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
      });
      const theirs = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as number[]);
      expect(theirs).toHaveLength(CASES.length);
      for (const [i, [height, width, channels, rows, columns, how]] of CASES.entries()) {
        const own = resized({ height, width }, { height: rows, width: columns }, channels, how);
        expect(own, CASES[i]!.join()).toEqual(theirs[i]);
      }
    });
  },
);
