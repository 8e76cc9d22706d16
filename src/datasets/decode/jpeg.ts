/**
 * Decodes JPEG with jpeg-js: baseline and progressive, grey or YCbCr or RGB. The only importer of jpeg-js.
 *
 * jpeg-js does the inverse transform and the enlargement of the colour planes. Another decoder may give slightly
 * other bytes, and so another data set. The header is read here first, since jpeg-js does not report whether the
 * image is grey, and ignores a marker for RGB.
 * Source: ITU-T T.81, annex B (markers); Adobe Technical Note 5116 (the APP14 marker).
 */
import jpeg from 'jpeg-js';
import type { DecodedImage, Refusal } from './decoded-image.ts';
import { refusedExtent } from './extent.ts';

export function decodeJpeg(bytes: Uint8Array): DecodedImage | Refusal {
  const header = readHeader(bytes);
  if (!header) return damaged('it ends before its image begins');
  const { precision, components, transformed } = header;
  const refused = refusedExtent(header.width, header.height);
  if (refused) return refused;
  const advice = 'save it again as grey or RGB, eight bits per channel';
  if (precision !== 8) return { refused: `has ${precision} bits per channel, not 8`, advice };
  if (components !== 1 && components !== 3) {
    return { refused: `has ${components} channels (CMYK?), not 1 or 3`, advice };
  }
  try {
    const { width, height, data } = jpeg.decode(bytes, {
      useTArray: true,
      // The size was checked above.
      maxResolutionInMP: Number.POSITIVE_INFINITY,
      maxMemoryUsageInMB: 4096,
      formatAsRGBA: false,
      tolerantDecoding: false,
      ...(components === 3 && { colorTransform: transformed }),
    });
    // A grey image is decoded as three equal channels.
    const pixels = components === 1 ? data.filter((_, i) => i % 3 === 0) : data;
    return { height, width, channels: components, pixels };
  } catch (problem) {
    // jpeg-js throws plain errors for a damaged file.
    if (!(problem instanceof Error)) throw problem;
    return damaged(problem.message);
  }
}

function damaged(why: string): Refusal {
  return {
    refused: `is damaged or cut short: ${why}`,
    advice: 'copy it again, or remove it from its folder',
  };
}

interface Header {
  /** Bits per sample. */
  readonly precision: number;
  readonly components: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Whether three components are YCbCr; otherwise they are RGB. */
  readonly transformed: boolean;
}

function readHeader(bytes: Uint8Array): Header | undefined {
  let transformed = true;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    // A marker can have any number of fill bytes before it.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    if (isFrame(marker)) {
      if (at + 10 > bytes.length) return undefined;
      const [height, width] = [at + 5, at + 7].map(
        (place) => (bytes[place]! << 8) | bytes[place + 1]!,
      );
      return {
        precision: bytes[at + 4]!,
        components: bytes[at + 9]!,
        width: width!,
        height: height!,
        transformed,
      };
    }
    if (marker === ADOBE && length >= 14 && isAdobe(bytes, at + 4)) {
      transformed = bytes[at + 15] !== 0;
    }
    at += 2 + length;
  }
  return undefined;
}

const ADOBE = 0xee;

/** SOF0 to SOF15, without the tables and extensions among those numbers. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function isAdobe(bytes: Uint8Array, at: number): boolean {
  return String.fromCharCode(...bytes.subarray(at, at + 5)) === 'Adobe';
}
