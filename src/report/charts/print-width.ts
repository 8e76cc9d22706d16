/**
 * How wide a figure is in print: a column of a journal, or its page. 10 units of a chart are 7.5 points
 * in both, so that all figures of a paper have letters of one size.
 *
 * A drawing narrower than its place gets white on both sides; one too wide for a column takes the page,
 * and one too wide for that is made smaller as a whole.
 */

export type PrintWidth = 'column' | 'page';

const MILLIMETRES: Readonly<Record<PrintWidth, number>> = { column: 88, page: 180 };

/** 0.75 points. */
const UNIT_MILLIMETRES = (0.75 * 25.4) / 72;

/** Of the drawing's units. */
export function unitsOf(width: PrintWidth): number {
  return Math.floor(MILLIMETRES[width] / UNIT_MILLIMETRES);
}

/** @param svg as Vega writes it: width and height in units, and a white ground */
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
