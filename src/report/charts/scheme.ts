/**
 * The scheme of a factored layer, as in the published experiment: A becomes B and C, or D and E, with the sizes of
 * the largest compressed layer. Written as an SVG directly, since it is not a plot. Areas are about proportional to
 * the numbers of parameters, but never too thin to see.
 */

import { formatNumber } from '../format.ts';
import type { FigureTexts } from '../locales/texts.ts';
import type { Measurement } from '../measurement.ts';
import type { Study } from '../study.ts';
import type { Canvas } from './canvas.ts';
import { fontStack, textWidths } from './font.ts';
import { shade } from './palette.ts';
import { INK } from './theme.ts';

/** That of all text in a figure. */
const SIZE = 10;
/** The parts of a row besides its boxes. */
const ROW = 84;
const LONGEST = 84;
const THINNEST = 7;

/** In the form of Vega's SVGs; null if no layer was factored. */
export function schemeSvg({ rows }: Study, texts: FigureTexts, canvas: Canvas): string | null {
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
      `<g transform="translate(0,${heights.slice(0, i).reduce((sum, one) => sum + one, 0)})">${rowOf(row, layer, names, texts, canvas)}</g>`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="${canvas.column}" height="${height}" viewBox="0 0 ${canvas.column} ${height}">` +
    `<rect width="${canvas.column}" height="${height}" fill="white"/><g font-family="${fontStack(canvas.font)}" font-size="${SIZE}px" fill="${INK}">${body.join('')}</g></svg>`
  );
}

/** The height of the tallest box of a row. */
function boxHeight({ rows, cols, rank }: Layer): number {
  const scale = LONGEST / Math.max(rows, cols);
  return Math.max(THINNEST, rows * scale, rank! * scale);
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

/** A -> left · right. The boxes have a common axis; their letters stand on one line, and so do their sizes. */
function rowOf(
  { label, rate }: Measurement,
  layer: Layer,
  [left, right]: readonly [string, string],
  texts: FigureTexts,
  { font }: Canvas,
): string {
  const { name, rows: m, cols: n } = layer;
  const k = layer.rank!;
  const scale = LONGEST / Math.max(m, n);
  const size = (length: number): number => rounded(Math.max(THINNEST, length * scale));
  const count = (value: number): string => formatNumber(value, 'count');
  const widthOf = textWidths(font);
  const tallest = boxHeight(layer);
  const axis = rounded(TOP + tallest / 2);
  const sizesAt = rounded(TOP + tallest + 14);
  const boxes = [
    { letter: 'A', rows: m, cols: n, colour: INK, before: '' },
    { letter: left, rows: m, cols: k, colour: shade(0, 3), before: ARROW },
    { letter: right, rows: k, cols: n, colour: shade(2, 3), before: DOT },
  ];
  const parts: string[] = [];
  let x = LEFT;
  let factorsAt = 0;
  for (const { letter, rows, cols, colour, before } of boxes) {
    if (before === ARROW) {
      parts.push(
        `<path d="M${rounded(x + 8)},${axis}h18m-5,-4l5,4l-5,4" fill="none" stroke="${INK}" stroke-width="1"/>`,
      );
      x += 34;
      factorsAt = x;
    }
    if (before === DOT) {
      parts.push(`<circle cx="${rounded(x + 8)}" cy="${axis}" r="1.5"/>`);
      x += 16;
    }
    const [w, h] = [size(cols), size(rows)];
    const sizes = `${count(rows)} × ${count(cols)}`;
    const room = Math.max(w, widthOf(sizes, SIZE));
    parts.push(
      `<rect x="${rounded(x)}" y="${rounded(axis - h / 2)}" width="${w}" height="${h}" fill="${colour}" fill-opacity="0.18" stroke="${colour}" stroke-width="1"/>`,
      text(x, TOP - 5, letter),
      text(x, sizesAt, sizes),
    );
    x = rounded(x + room);
  }
  return [
    text(LEFT, 12, `${label}, ${name}${rate === null ? '' : `, CR ${formatNumber(rate, 'rate')}`}`),
    ...parts,
    text(factorsAt, sizesAt + 14, texts.layerParameters(`${count(m * n)} → ${count(k * (m + n))}`)),
  ].join('');
}

const LEFT = 8;
/** The place of the tallest box. */
const TOP = 36;
const ARROW = '→';
const DOT = '·';

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function text(x: number, y: number, content: string): string {
  const escaped = content.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<text x="${x}" y="${y}">${escaped}</text>`;
}
