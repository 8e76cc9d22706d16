/**
 * The fonts of the charts: their files, and the width of a text in them.
 *
 * Without a canvas Vega guesses widths; with one it uses the fonts of the machine. Guesses make bad legends, and fonts
 * differ between machines. So the widths are read from the tables of the font file (OpenType: 'cmap' format 4,
 * 'hmtx'), without kerning.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export const fontNames = ['sans', 'serif'] as const;

export type FontName = (typeof fontNames)[number];

/** The fallbacks are for SVG viewers without the font. They have similar widths. */
const FAMILIES: Readonly<Record<FontName, { family: string; fallback: string }>> = {
  sans: { family: 'DejaVu Sans', fallback: 'Verdana, sans-serif' },
  serif: { family: 'DejaVu Serif', fallback: 'Georgia, serif' },
};

export function fontStack(name: FontName): string {
  return `${FAMILIES[name].family}, ${FAMILIES[name].fallback}`;
}

/** The family and the file of a font. */
export interface Font {
  readonly family: string;
  readonly path: string;
}

export function fontOf(name: FontName): Font {
  const { resolve } = createRequire(import.meta.url);
  // Whole names, so that code digests find the package.
  const path =
    name === 'serif'
      ? resolve('dejavu-fonts-ttf/ttf/DejaVuSerif.ttf')
      : resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');
  return { family: FAMILIES[name].family, path };
}

/** The font of a drawing, or of a font stack. */
export function fontIn(text: string): FontName {
  return text.includes(FAMILIES.serif.family) ? 'serif' : 'sans';
}

/** The width of a text in pixels, at a font size in pixels. */
export type TextWidth = (text: string, size: number) => number;

const known = new Map<FontName, TextWidth>();

export function textWidths(name: FontName = 'sans'): TextWidth {
  const found = known.get(name) ?? measuring(readFileSync(fontOf(name).path));
  known.set(name, found);
  return found;
}

function measuring(font: Buffer): TextWidth {
  const unitsPerEm = font.readUInt16BE(table(font, 'head') + 18);
  const longMetrics = font.readUInt16BE(table(font, 'hhea') + 34);
  const hmtx = table(font, 'hmtx');
  const glyphOf = glyphIndex(font, unicodeSubtable(font));
  return (text, size) => {
    let units = 0;
    for (const character of text) {
      // Glyphs after the last long metric share its width.
      const metric = Math.min(glyphOf(character.codePointAt(0)!), longMetrics - 1);
      units += font.readUInt16BE(hmtx + 4 * metric);
    }
    return (units * size) / unitsPerEm;
  };
}

/** The offset of a table of the font. */
function table(font: Buffer, tag: string): number {
  const count = font.readUInt16BE(4);
  for (let i = 0; i < count; i += 1) {
    const record = 12 + 16 * i;
    if (font.toString('latin1', record, record + 4) === tag) return font.readUInt32BE(record + 8);
  }
  throw new Error(`the font has no table '${tag}'`);
}

/** The offset of the character map of the Basic Multilingual Plane (platform 3, encoding 1). */
function unicodeSubtable(font: Buffer): number {
  const cmap = table(font, 'cmap');
  const count = font.readUInt16BE(cmap + 2);
  for (let i = 0; i < count; i += 1) {
    const record = cmap + 4 + 8 * i;
    if (font.readUInt16BE(record) === 3 && font.readUInt16BE(record + 2) === 1) {
      return cmap + font.readUInt32BE(record + 4);
    }
  }
  throw new Error('the font has no Unicode character map');
}

/** The glyph of a code point; 0, the 'missing' glyph, if the font has none. */
function glyphIndex(font: Buffer, subtable: number): (codePoint: number) => number {
  const doubledSegments = font.readUInt16BE(subtable + 6);
  const ends = subtable + 14;
  const starts = ends + doubledSegments + 2;
  const deltas = starts + doubledSegments;
  const ranges = deltas + doubledSegments;
  return (codePoint) => {
    for (let i = 0; i < doubledSegments; i += 2) {
      if (codePoint > font.readUInt16BE(ends + i)) continue;
      const start = font.readUInt16BE(starts + i);
      if (codePoint < start) return 0;
      const delta = font.readUInt16BE(deltas + i);
      const range = font.readUInt16BE(ranges + i);
      if (range === 0) return (codePoint + delta) & 0xffff;
      const glyph = font.readUInt16BE(ranges + i + range + 2 * (codePoint - start));
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
}
