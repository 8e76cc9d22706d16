/** Reads files as own images, and has small arrays of pixels for them. */
import { expect } from 'vitest';
import type { OwnImages } from '../../../src/datasets/formats/own-images.ts';
import { readOwnImages } from '../../../src/datasets/formats/read-own-images.ts';
import { idxHeader } from '../../../src/datasets/idx.ts';
import { UnfitData } from '../../../src/datasets/unfit-data.ts';
import { inMemory } from '../picture.ts';

export type Files = Readonly<Record<string, Uint8Array>>;

const watch = { signal: new AbortController().signal, onProgress: () => undefined };

export const options = (size: number | null) => ({ sizing: { size, fit: null }, labelled: true });

export const read = async (files: Files, size: number | null = null) =>
  (await readOwnImages(inMemory(files), options(size), watch)) as OwnImages;

export async function refusal(files: Files, size: number | null = null): Promise<string> {
  const problem = await read(files, size).catch((thrown: unknown) => thrown);
  expect(problem).toBeInstanceOf(UnfitData);
  return `${(problem as UnfitData).message} | ${(problem as UnfitData).advice}`;
}

export const idx = (dims: readonly number[], elements: ArrayLike<number>) =>
  Uint8Array.from([...idxHeader(dims), ...Array.from(elements)]);

export const pixels = Uint8Array.from({ length: 4 * 12 }, (_, i) => i * 5);
