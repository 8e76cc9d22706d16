/**
 * Decodes PNG with fast-png: grey, colour or a palette, at most eight bits per channel. The only importer of fast-png.
 * An opaque alpha channel is dropped. Transparent parts have no colour to learn from, so they are refused.
 * Source: W3C, Portable Network Graphics, 11.2 (colour types) and 13.12 (scaling of fewer bits).
 */
import { type DecodedPng, decode } from 'fast-png';
import type { DecodedImage, Refusal } from './decoded-image.ts';
import { refusedExtent } from './extent.ts';

export function decodePng(bytes: Uint8Array): DecodedImage | Refusal {
  if (bytes.length < HEADER_END) return damaged('it ends before its image begins');
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const refused = refusedExtent(header.getUint32(WIDTH), header.getUint32(HEIGHT));
  if (refused) return refused;
  let png: DecodedPng;
  try {
    png = decode(bytes, { checkCrc: true });
  } catch (problem) {
    // fast-png throws errors of several classes for a damaged file.
    if (!(problem instanceof Error)) throw problem;
    return damaged(problem.message);
  }
  const { width, height, depth, palette } = png;
  if (depth === 16) {
    return { refused: 'has 16 bits per channel, not 8', advice: 'save it with 8 bits per channel' };
  }
  if (depth < 8 && bytes[INTERLACE] === 1) {
    return {
      refused: 'is interlaced and has fewer than 8 bits per channel',
      advice: 'save it without interlacing',
    };
  }
  const samples = depth === 8 ? png.data : unpacked(png);
  if (palette) return ofPalette(samples, palette, width, height);
  if (png.transparency) return TRANSPARENT;
  const scale = 255 / (2 ** depth - 1);
  const levels = scale === 1 ? samples : samples.map((level) => level * scale);
  return opaque(levels, png.channels, width, height);
}

function damaged(why: string): Refusal {
  return {
    refused: `is damaged or cut short: ${why}`,
    advice: 'copy it again, or remove it from its folder',
  };
}

// Offsets in the file, in bytes. The header is the first chunk.
const WIDTH = 16;
const HEIGHT = 20;
/** fast-png reads an interlaced image of fewer than 8 bits as if it had 8. */
const INTERLACE = 28;
const HEADER_END = 33;

const TRANSPARENT: Refusal = {
  refused: 'has transparent parts',
  advice: 'put it on a background and save it without alpha',
};

/** Unpacks rows of samples of 1, 2 or 4 bits. Each row is padded to whole bytes; the first sample has the highest bits. */
function unpacked({ data, width, height, depth }: DecodedPng): Uint8Array {
  const samples = new Uint8Array(width * height);
  const row = Math.ceil((width * depth) / 8);
  const mask = 2 ** depth - 1;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const bit = x * depth;
      const byte = data[y * row + (bit >> 3)]!;
      samples[y * width + x] = (byte >> (8 - depth - (bit & 7))) & mask;
    }
  }
  return samples;
}

function ofPalette(
  indices: ArrayLike<number>,
  palette: readonly (readonly number[])[],
  width: number,
  height: number,
): DecodedImage | Refusal {
  const pixels = new Uint8Array(3 * indices.length);
  for (let i = 0; i < indices.length; i += 1) {
    const colour = palette[indices[i]!];
    if (!colour) {
      return { refused: 'uses a colour that is not in its palette', advice: 'save it again' };
    }
    if ((colour[3] ?? 255) !== 255) return TRANSPARENT;
    pixels.set(colour.slice(0, 3), 3 * i);
  }
  return { width, height, channels: 3, pixels };
}

function opaque(
  levels: ArrayLike<number>,
  channels: number,
  width: number,
  height: number,
): DecodedImage | Refusal {
  const kept = channels <= 2 ? 1 : 3;
  if (kept === channels) {
    return { width, height, channels: kept, pixels: Uint8Array.from(levels) };
  }
  const pixels = new Uint8Array(width * height * kept);
  for (let i = 0; i < width * height; i += 1) {
    if (levels[i * channels + kept] !== 255) return TRANSPARENT;
    for (let c = 0; c < kept; c += 1) pixels[i * kept + c] = levels[i * channels + c]!;
  }
  return { width, height, channels: kept, pixels };
}
