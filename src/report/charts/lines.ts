/**
 * Series as lines with marks, and the band between their quartiles. Most charts use it. Each series has its own
 * colour and mark, so that readers can distinguish it in grey too.
 */

import { COLOURS, DASHES } from './palette.ts';
import { TOOLTIP, tip } from './tooltip.ts';

export interface Line {
  readonly label: string;
  readonly colour: string;
  /** A symbol of Vega; 'stroke' for a line without marks. */
  readonly shape: string;
  readonly dash?: readonly number[];
  readonly points: readonly LinePoint[];
}

export interface LinePoint {
  readonly x: number;
  readonly y: number;
  readonly lower?: number;
  readonly upper?: number;
  /** The text of the point, next to the name of its series. */
  readonly tip: readonly string[];
  /** The facet that contains it. */
  readonly panel?: string;
}

export type Encoding = Readonly<Record<string, unknown>>;

/** Layers of one view; `x` and `y` are encodings without a field. */
export function lineLayers(lines: readonly Line[], x: Encoding, y: Encoding): readonly object[] {
  const values = lines.flatMap(({ label, points, shape }) =>
    points.map(({ tip: lines, ...point }) => ({
      ...point,
      line: label,
      dashed: label,
      isMarked: shape !== 'stroke',
      tip: tip(label, label, ...lines),
      series: tip(label),
    })),
  );
  const series = { description: { field: 'series', type: 'nominal' } } as const;
  const { color, shape, strokeDash } = lineScales(lines);
  const horizontal = { ...x, field: 'x', type: 'quantitative' };
  const vertical = { ...y, type: 'quantitative' };
  const data = { values };
  const marked = lines.filter(({ shape }) => shape !== 'stroke');
  const many = Math.max(0, ...marked.map(({ points }) => points.length)) > 20;
  const banded = values.some(({ lower, upper }) => lower !== upper);
  return [
    ...(banded
      ? [
          {
            data,
            transform: [{ filter: 'isValid(datum.lower)' }],
            mark: { type: 'area', fillOpacity: 0.16, aria: true },
            encoding: {
              x: horizontal,
              y: { ...vertical, field: 'lower' },
              y2: { field: 'upper' },
              color,
              ...series,
            },
          },
        ]
      : []),
    {
      data,
      mark: { type: 'line', strokeWidth: 1.25, aria: true },
      encoding: { x: horizontal, y: { ...vertical, field: 'y' }, color, strokeDash, ...series },
    },
    {
      data,
      transform: [{ filter: 'datum.isMarked' }],
      mark: { type: 'point', filled: true, opacity: 1, size: many ? 10 : 26, aria: true },
      encoding: { x: horizontal, y: { ...vertical, field: 'y' }, color, shape, ...TOOLTIP },
    },
  ];
}

/** One legend for colour and mark; the dash has no legend. */
function lineScales(lines: readonly Line[]) {
  const domain = lines.map(({ label }) => label);
  const field = { field: 'line', type: 'nominal', title: null } as const;
  return {
    color: { ...field, scale: { domain, range: lines.map(({ colour }) => colour) } },
    shape: { ...field, scale: { domain, range: lines.map(({ shape }) => shape) } },
    strokeDash: {
      // A separate field: a legend that is left out would remove the others of the same field.
      field: 'dashed',
      type: 'nominal',
      scale: { domain, range: lines.map(({ dash = DASHES[0]! }) => dash) },
      legend: null,
    },
  };
}

/** Charts next to each other with one legend. */
export const SHARED = {
  scale: { color: 'shared', shape: 'shared', strokeDash: 'shared' },
  legend: { color: 'shared', shape: 'shared' },
} as const;

/** When all looks are used, the same colours with another dash. */
export function dashOf(place: number): readonly number[] {
  return DASHES[Math.floor(place / COLOURS.length) % DASHES.length]!;
}
