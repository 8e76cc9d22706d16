/**
 * An SVG of a chart as a PDF with real lines and letters. It embeds only the letters of the font that it uses.
 *
 * The bytes are the same each time: there is no date and no document id, and nothing is compressed, since the output
 * of zlib differs between machines. pdfkit is loaded on the first call.
 */

import { readFileSync } from 'node:fs';
import { type FontName, fontIn, fontOf } from './font.ts';

/** A point in print, in units of a chart. */
const POINTS_PER_UNIT = 0.75;

/** @param svg with a `viewBox`. The page has the same size; 10 units are 7.5 points. */
export async function renderPdf(svg: string, title: string): Promise<Uint8Array> {
  const [x, y, width, height] = /viewBox="([^"]+)"/.exec(svg)![1]!.split(' ').map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const printed = printedWidth(svg) ?? width * POINTS_PER_UNIT;
  const scale = printed / width;
  const { PDFDocument, drawSvg, create } = await loadPdf();
  const { family, font } = opened(fontIn(svg), create);
  const document = new PDFDocument({
    size: [printed, height * scale],
    margin: 0,
    compress: false,
    font: null,
    info: { Title: title, CreationDate: new Date(0) },
  });
  const parts: Uint8Array[] = [];
  document.on('data', (part) => parts.push(part));
  const done = new Promise((resolve) => document.on('end', resolve));
  document.registerFont(family, font);
  const inner = svg.replace(
    /<svg [^>]*>/,
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${x} ${y} ${width} ${height}">`,
  );
  document.scale(scale);
  drawSvg(document, inner, 0, 0, {
    width,
    height,
    assumePt: true,
    fontCallback: () => family,
    warningCallback: (message) => {
      throw new Error(`can't make a PDF of a chart: ${message}`);
    },
  });
  document.end();
  await done;
  return joined(parts);
}

let loading: ReturnType<typeof load> | undefined;

export function loadPdf(): ReturnType<typeof load> {
  loading ??= load();
  return loading;
}

async function load() {
  const [{ default: PDFDocument }, { default: drawSvg }, { create }] = await Promise.all([
    import('pdfkit'),
    import('svg-to-pdfkit'),
    import('fontkit'),
  ]);
  return { PDFDocument, drawSvg, create };
}

type Create = Awaited<ReturnType<typeof load>>['create'];

const fonts = new Map<FontName, ReturnType<Create>>();

/** A font is read once for all figures: reading it takes longer than drawing one figure. */
function opened(name: FontName, create: Create) {
  const { family, path } = fontOf(name);
  const font = fonts.get(name) ?? create(readFileSync(path));
  fonts.set(name, font);
  return { family, font };
}

/** Converts millimetres to points. */
function printedWidth(svg: string): number | null {
  const millimetres = /^<svg [^>]*?\bwidth="([\d.]+)mm"/.exec(svg)?.[1];
  return millimetres === undefined ? null : (Number(millimetres) * 72) / 25.4;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
