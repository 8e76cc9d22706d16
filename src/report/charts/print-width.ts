/**
 * Gives a drawing the width of a column of a journal, or of its page.
 *
 * A drawing that is narrower than the column or page gets white space on both sides. One that is too wide for a
 * column gets the width of the page, and one that is too wide for the page is scaled down.
 */

import { type FigureStyle, type PrintWidth, unitsOf } from './canvas.ts';

/** @param svg as Vega writes it: width and height in units, and a white background */
export function printed(svg: string, wanted: PrintWidth, style: FigureStyle): string {
  const [, tag, w, h] = /^(<svg [^>]*?) width="([\d.]+)" height="([\d.]+)" viewBox="[^"]*"/.exec(
    svg,
  )!;
  const [natural, height] = [Number(w), Number(h)];
  const width = wanted === 'column' && natural > unitsOf(style, 'column') ? 'page' : wanted;
  const units = Math.max(natural, unitsOf(style, width));
  const left = round((natural - units) / 2);
  const millimetres = style.widths[width];
  return svg
    .replace(
      /^<svg [^>]*? viewBox="[^"]*"/,
      `${tag} width="${millimetres}mm" height="${round((height * millimetres) / units)}mm" viewBox="${left} 0 ${units} ${height}"`,
    )
    .replace(
      /<rect width="[\d.]+" height="[\d.]+" fill="white"\/>/,
      `<rect x="${left}" width="${units}" height="${height}" fill="white"/>`,
    );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
