/** Masks in WebAssembly are those of the plain loop, element by element. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { kernelModules } from '../../../scripts/kernels.mjs';
import { drawMask } from '../../../src/nn/fast/masks/draw-mask.ts';
import { drawMask as plainMask } from '../../../src/nn/training/dropout-masks.ts';

function drawn(size: number, rate: number, key: number): Float32Array {
  const mask = new Float32Array(size);
  drawMask(mask, rate, key);
  return mask;
}

function expected(size: number, rate: number, key: number): Float32Array {
  const mask = new Float32Array(size);
  plainMask(mask, rate, key);
  return mask;
}

test.each([
  [1, 0.5, 0],
  [7, 0.3, 123456789],
  // From this size on, more memory is needed.
  [40_000, 0.5, 2 ** 32 - 1],
  [40_001, 0.9, 2 ** 31],
  [5, 0.999_999_999_9, 1],
])('%i elements at rate %d by key %i', (size, rate, key) => {
  expect(drawn(size, rate, key)).toEqual(expected(size, rate, key));
});

test('they keep the right share', () => {
  const kept = drawn(100_000, 0.3, 5).filter((value) => value !== 0).length;
  expect(kept / 100_000).toBeCloseTo(0.7, 2);
});

test('the committed module is up to date (npm run kernels)', async () => {
  const file = 'nn/fast/masks/masks-module.ts';
  const text = readFileSync(new URL(`../../../src/${file}`, import.meta.url), 'utf8');
  expect(text).toBe((await kernelModules()).get(file));
});
