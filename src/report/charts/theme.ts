/** The look of all charts: one font and size, thin axes, a faint grid, and no decoration. */

import type { TopLevelSpec } from 'vega-lite';
import type { Canvas } from './canvas.ts';
import { PADDING } from './canvas.ts';
import { fontStack } from './font.ts';

export const INK = '#222222';
export const FAINT_INK = '#767676';
/** The look of the uncompressed network as a point. */
export const BASELINE = { colour: INK, shape: 'triangle-left' } as const;

const GRID = '#e6e6e6';

/** The specification of a chart in this look. */
export function chart(body: object, { font }: Canvas): TopLevelSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    config: themeOf(fontStack(font)),
    ...body,
  } as object as TopLevelSpec;
}

/** `layout` is passed on to Vega, but the types of Vega-Lite do not declare it. */
function themeOf(font: string): object {
  const text = {
    labelFont: font,
    labelFontSize: 10,
    labelColor: INK,
    titleFont: font,
    titleFontSize: 10,
    titleFontWeight: 'normal',
    titleColor: INK,
  };
  return {
    // For screen readers, one description of the drawing is better than one per mark.
    aria: false,
    background: 'white',
    font,
    padding: PADDING,
    view: { stroke: null },
    title: { anchor: 'start', fontSize: 10, fontWeight: 'normal', font, color: INK, offset: 6 },
    axis: {
      ...text,
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
    header: { ...text, labelAnchor: 'start', labelLimit: 0, labelPadding: 4 },
    legend: {
      ...text,
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
  };
}
