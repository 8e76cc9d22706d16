/**
 * The scheme of a factored layer, as in the published experiment: A becomes B and C, or D and E, with the sizes of
 * the largest compressed layer. Written as an SVG directly, since it is not a plot. Areas are about proportional to
 * the numbers of parameters, but never too thin to see.
 */

import { formatNumber } from '../format.ts';
import type { FigureTexts } from '../locales/texts.ts';
import type { Measurement } from '../measurement.ts';
import type { Study } from '../study.ts';
import { FONT_STACK } from './font.ts';
import { COLOURS } from './palette.ts';
import { INK } from './theme.ts';

const WIDTH = 332;
/** The parts of a row besides its boxes. */
const ROW = 82;
const LONGEST = 84;
const THINNEST = 7;

/** In the form of Vega's SVGs; null if no layer was factored. */
export function schemeSvg({ rows }: Study, texts: FigureTexts): string | null {
  const drawn = (['svd', 'cur'] as const).flatMap((family) => {
    const row = typical(rows.filter((one) => one.family === family && one.protocol !== 'baseline'));
    const layer = row && largest(row);
    return row && layer
      ? [{ row, layer, names: family === 'svd' ? (['B', 'C'] as const) : (['D', 'E'] as const) }]
      : [];
  });
  if (drawn.length === 0) return null;
  const heights = drawn.map(({ layer }) => ROW + boxHeight(layer));
  const height = Math.ceil(heights.reduce((sum, one) => sum + one, 0));
  const body = drawn.map(
    ({ row, layer, names }, i) =>
      `<g transform="translate(0,${heights.slice(0, i).reduce((sum, one) => sum + one, 0)})">${rowOf(row, layer, names, texts)}</g>`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">` +
    `<rect width="${WIDTH}" height="${height}" fill="white"/>${body.join('')}</svg>`
  );
}

function boxHeight({ rows, cols }: Layer): number {
  return Math.max(THINNEST, (rows * LONGEST) / Math.max(rows, cols), 12);
}

type Layer = Measurement['layers'][number];

/** The rate in the middle of the rates. */
function typical(rows: readonly Measurement[]): Measurement | undefined {
  const factored = rows.filter((row) => largest(row) !== undefined);
  const sorted = [...factored].sort((a, b) => (a.rate ?? 0) - (b.rate ?? 0));
  const rate = sorted[Math.floor(sorted.length / 2)]?.rate;
  return sorted.find((row) => row.rate === rate);
}

function largest({ layers }: Measurement): Layer | undefined {
  return layers
    .filter(({ rank, kind }) => rank !== null && rank > 0 && kind !== 'convolution')
    .sort((a, b) => b.rows * b.cols - a.rows * a.cols)[0];
}

function rowOf(
  { label, rate }: Measurement,
  { name, rows: m, cols: n, rank }: Layer,
  [left, right]: readonly [string, string],
  texts: FigureTexts,
): string {
  const k = rank!;
  const scale = LONGEST / Math.max(m, n);
  const size = (length: number): number => Math.round(Math.max(THINNEST, length * scale) * 10) / 10;
  const count = (value: number): string => formatNumber(value, 'count');
  const [height, width, thin] = [size(m), size(n), size(k)];
  const top = 34;
  const box = (
    x: number,
    w: number,
    h: number,
    letter: string,
    rows: number,
    cols: number,
    colour: string,
  ): string =>
    `<rect x="${x}" y="${top}" width="${w}" height="${h}" fill="${colour}" fill-opacity="0.18" stroke="${colour}" stroke-width="1"/>` +
    text(x, top - 5, letter, 11) +
    text(x, top + Math.max(h, 12) + 13, `${count(rows)} × ${count(cols)}`, 9);
  const at = { a: 8, arrow: 8 + Math.max(width, 70) + 10, b: 0, c: 0 };
  at.b = at.arrow + 34;
  at.c = at.b + Math.max(thin, 70) + 16;
  return [
    text(
      8,
      12,
      `${label}, ${name}${rate === null ? '' : `, CR ${formatNumber(rate, 'rate')}`}`,
      10,
    ),
    box(at.a, width, height, 'A', m, n, INK),
    `<path d="M${at.arrow},${top + 8}h18m-5,-4l5,4l-5,4" fill="none" stroke="${INK}" stroke-width="1"/>`,
    box(at.b, thin, height, left, m, k, COLOURS[0]),
    text(at.c - 13, top + 11, '·', 12),
    box(at.c, width, thin, right, k, n, COLOURS[1]),
    text(
      at.b,
      top + Math.max(height, thin, 12) + 26,
      texts.layerParameters(`${count(m * n)} → ${count(k * (m + n))}`),
      9,
    ),
  ].join('');
}

function text(x: number, y: number, content: string, size: number): string {
  const escaped = content.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<text x="${x}" y="${y}" font-family="${FONT_STACK}" font-size="${size}px" fill="${INK}">${escaped}</text>`;
}
