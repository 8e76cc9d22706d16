/** The limits on the size of one image. Its header is checked before anything is decoded. */
import type { Refusal } from './decoded-image.ts';

/** Pixels, the number at which Pillow warns: a small file may describe an image that fills the memory. */
const MOST_PIXELS = 89_478_485;

/** Undefined if an image of this size can be decoded. */
export function refusedExtent(width: number, height: number): Refusal | undefined {
  if (width === 0 || height === 0) {
    return {
      refused: `is ${width} x ${height} pixels, so it has no pixels`,
      advice: 'save it again, or remove it from its folder',
    };
  }
  if (width * height <= MOST_PIXELS) return undefined;
  return {
    refused: `is ${width} x ${height} pixels, more than the limit of ${MOST_PIXELS} in all`,
    advice: 'make it smaller, or remove it from its folder',
  };
}
