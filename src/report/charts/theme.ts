/**
 * The look of all charts: one font and size, thin axes, a faint grid, and no decoration.
 * Sizes are for a column of 88 mm in a journal (about 330 units), where 10 units print at 7.5 points.
 */

import type { Config } from 'vega-lite';
import { FONT_STACK } from './font.ts';

export const PLOT_WIDTH = 262;
export const INK = '#222222';
export const FAINT_INK = '#767676';

const GRID = '#e6e6e6';
const TEXT = {
  labelFont: FONT_STACK,
  labelFontSize: 10,
  labelColor: INK,
  titleFont: FONT_STACK,
  titleFontSize: 10,
  titleFontWeight: 'normal',
  titleColor: INK,
} as const;

/** `layout` is passed on to Vega, but the types of Vega-Lite do not declare it. */
export const theme = {
  // For screen readers, one description of the drawing is better than one per mark.
  aria: false,
  background: 'white',
  font: FONT_STACK,
  padding: 6,
  view: { stroke: null },
  axis: {
    ...TEXT,
    domainColor: INK,
    domainWidth: 0.75,
    gridColor: GRID,
    gridWidth: 0.5,
    tickColor: INK,
    tickSize: 4,
    tickWidth: 0.75,
    titlePadding: 6,
  },
  axisX: { grid: false, labelFlush: false },
  header: { ...TEXT, labelPadding: 4 },
  legend: {
    ...TEXT,
    columnPadding: 14,
    columns: 2,
    gridAlign: 'all',
    labelLimit: 0,
    layout: { bottom: { anchor: 'start', direction: 'vertical', margin: 4 } },
    offset: 8,
    orient: 'bottom',
    rowPadding: 3,
    symbolOpacity: 1,
    symbolSize: 50,
    symbolStrokeWidth: 1.5,
  },
  line: { strokeWidth: 1.5 },
} as object as Config;
