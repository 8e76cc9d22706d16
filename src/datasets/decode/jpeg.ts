/**
 * JPEG by jpeg-js, whose one importer this is. Baseline and progressive, grey or YCbCr or RGB.
 *
 * The inverse transform and the enlargement of the colour planes are jpeg-js's: another decoder may give
 * slightly other bytes, so two decoders make two data sets. The header is read here first,
 * since jpeg-js tells neither whether the image is grey nor heeds a marker that says RGB.
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
  const advice = 'save it anew as grey or RGB, eight bits a channel';
  if (precision !== 8) return { refused: `has ${precision} bits a channel, not 8`, advice };
  if (components !== 1 && components !== 3) {
    return { refused: `has ${components} channels (CMYK?), not 1 or 3`, advice };
  }
  try {
    const { width, height, data } = jpeg.decode(bytes, {
      useTArray: true,
      // The extent was checked above.
      maxResolutionInMP: Number.POSITIVE_INFINITY,
      maxMemoryUsageInMB: 4096,
      formatAsRGBA: false,
      tolerantDecoding: false,
      ...(components === 3 && { colorTransform: transformed }),
    });
    // A grey image comes as three equal channels.
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
  /** Bits a sample. */
  readonly precision: number;
  readonly components: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Whether three components are YCbCr; else they are RGB. */
  readonly transformed: boolean;
}

function readHeader(bytes: Uint8Array): Header | undefined {
  let transformed = true;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    // Any number of fill bytes may precede a marker.
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
