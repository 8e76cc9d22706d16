/** The limits on the size of one image, checked by its header before anything is decoded. */
import type { Refusal } from './decoded-image.ts';

/** Pixels, as Pillow warns of: a small file may describe an image that fills the memory. */
const MOST_PIXELS = 89_478_485;

/** Undefined where an image of this many pixels can be decoded. */
export function refusedExtent(width: number, height: number): Refusal | undefined {
  if (width === 0 || height === 0) {
    return {
      refused: `is ${width} x ${height} pixels, so it has no pixels`,
      advice: 'save it again, or remove it from its folder',
    };
  }
  if (width * height <= MOST_PIXELS) return undefined;
  return {
    refused: `is ${width} x ${height} pixels; at most ${MOST_PIXELS} in all are decoded`,
    advice: 'make it smaller, or remove it from its folder',
  };
}
