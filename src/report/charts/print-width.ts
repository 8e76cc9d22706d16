/**
 * The width of a figure in print: a column of a journal, or its page. In both, 10 units of a chart are 7.5 points, so
 * that all figures of a paper have letters of the same size.
 *
 * A drawing that is narrower than the column or page gets white space on both sides. One that is too wide for a
 * column gets the width of the page, and one that is too wide for the page is scaled down.
 */

export type PrintWidth = 'column' | 'page';

const MILLIMETRES: Readonly<Record<PrintWidth, number>> = { column: 88, page: 180 };

/** 0.75 points. */
const UNIT_MILLIMETRES = (0.75 * 25.4) / 72;

/** In units of the drawing. */
export function unitsOf(width: PrintWidth): number {
  return Math.floor(MILLIMETRES[width] / UNIT_MILLIMETRES);
}

/** @param svg as Vega writes it: width and height in units, and a white background */
export function printed(svg: string, wanted: PrintWidth): string {
  const [, tag, w, h] = /^(<svg [^>]*?) width="([\d.]+)" height="([\d.]+)" viewBox="[^"]*"/.exec(
    svg,
  )!;
  const [natural, height] = [Number(w), Number(h)];
  const width = wanted === 'column' && natural > unitsOf('column') ? 'page' : wanted;
  const units = Math.max(natural, unitsOf(width));
  const left = round((natural - units) / 2);
  const millimetres = MILLIMETRES[width];
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
