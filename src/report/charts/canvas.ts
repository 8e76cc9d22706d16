/**
 * The space of a figure and its style. Charts are drawn in units, of which 10 are the size of the text. So all figures
 * of a report have text of one size, whatever their width is.
 */

import type { FontName } from './font.ts';

export type PrintWidth = 'column' | 'page';

export interface FigureStyle {
  readonly font: FontName;
  /** The size of the text in points. */
  readonly fontSize: number;
  /** The widths in millimetres. */
  readonly widths: Readonly<Record<PrintWidth, number>>;
  /** The range of the axes of the accuracy, in percent; null for all results. */
  readonly accuracy: Range | null;
}

export type Range = readonly [least: number, greatest: number];

/** For a journal with columns of 88 mm. */
export const USUAL_STYLE: FigureStyle = {
  font: 'sans',
  fontSize: 7.5,
  widths: { column: 88, page: 180 },
  accuracy: null,
};

/** What a chart needs to know of the style. */
export interface Canvas extends Pick<FigureStyle, 'font' | 'accuracy'> {
  /** In units. */
  readonly column: number;
  readonly page: number;
}

export function canvasOf(style: FigureStyle): Canvas {
  const { font, accuracy } = style;
  return { font, accuracy, column: unitsOf(style, 'column'), page: unitsOf(style, 'page') };
}

export function unitsOf(style: FigureStyle, width: PrintWidth): number {
  return Math.floor(style.widths[width] / unitMillimetres(style));
}

function unitMillimetres({ fontSize }: FigureStyle): number {
  return ((fontSize / 10) * 25.4) / 72;
}

/** The scale of an axis of the accuracy. */
export function scaleOf(limits: Range | null): Readonly<Record<string, unknown>> {
  return limits === null ? { zero: false, nice: true } : { domain: limits, nice: false };
}

/** The width of each of some plots side by side. @param left the width of the labels and title of a vertical axis */
export function plotWidth(total: number, count = 1, gap = 24, left = AXIS): number {
  return Math.floor((total - 2 * PADDING - (count - 1) * gap) / count - left);
}

export const PADDING = 6;
const AXIS = 58;
