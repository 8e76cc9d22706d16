/**
 * Series as lines with marks, and the band between their quartiles. Most charts use it. Each series has its own
 * colour and mark, so that readers can distinguish it in grey too.
 */

import type { Range } from './canvas.ts';
import { cropped } from './cropped-series.ts';
import { DASHES } from './palette.ts';
import { TOOLTIP, tip } from './tooltip.ts';

export interface Line {
  readonly label: string;
  readonly colour: string;
  /** A symbol of Vega; 'stroke' for a line without marks. */
  readonly shape: string;
  readonly dash?: readonly number[];
  readonly isHollow?: boolean;
  readonly points: readonly LinePoint[];
}

export interface LinePoint {
  readonly x: number;
  /** Null where the line has a gap. */
  readonly y: number | null;
  readonly lower?: number;
  readonly upper?: number;
  /** False for a point without a mark. */
  readonly isMeasured?: boolean;
  /** The text of the point, next to the name of its series. */
  readonly tip: readonly string[];
}

export type Encoding = Readonly<Record<string, unknown>>;

/** The dashes of fine-tuned networks where a panel also has those before. Their marks are hollow. */
export const TUNED_DASHES = [
  [4, 2],
  [1, 2],
  [6, 2, 1, 2],
] as const;

/** Layers of one view; `x` and `y` are encodings without a field. */
export function lineLayers(lines: readonly Line[], x: Encoding, y: Encoding): readonly object[] {
  const values = lines.flatMap(valuesOf);
  const series = { description: { field: 'series', type: 'nominal' } } as const;
  const { color, strokeDash, ...marks } = lineScales(lines);
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
      mark: { type: 'line', aria: true },
      encoding: {
        x: horizontal,
        y: { ...vertical, field: 'y' },
        color,
        strokeDash,
        // A line to compare with is thin. If it has many points, it is easier to read.
        strokeWidth: { condition: { test: 'datum.isReference', value: 0.75 }, value: 1.25 },
        ...series,
      },
    },
    {
      data,
      transform: [{ filter: 'datum.isMarked' }],
      mark: { type: 'point', strokeWidth: 1, opacity: 1, size: many ? 10 : 26, aria: true },
      encoding: { x: horizontal, y: { ...vertical, field: 'y' }, ...marks, ...TOOLTIP },
    },
  ];
}

/** The layers of a line that has no entry in the legend, because its colour stands for something else in each panel. */
export function lineInOneColour(line: Line, x: Encoding, y: Encoding): readonly object[] {
  const { colour, shape, dash = DASHES[0]!, isHollow = false } = line;
  const data = { values: valuesOf(line) };
  const place = {
    x: { ...x, field: 'x', type: 'quantitative' },
    y: { ...y, field: 'y', type: 'quantitative' },
  };
  const point = { type: 'point', shape, stroke: colour, fill: isHollow ? 'white' : colour };
  return [
    {
      data,
      mark: { type: 'line', strokeWidth: 1.25, color: colour, strokeDash: dash, aria: true },
      encoding: { ...place, description: { field: 'series', type: 'nominal' } },
    },
    {
      data,
      mark: { ...point, strokeWidth: 1, opacity: 1, size: 26, aria: true },
      encoding: { ...place, ...TOOLTIP },
    },
  ];
}

function valuesOf({ label, points, shape }: Line) {
  return points.map(({ tip: lines, isMeasured = true, ...point }) => ({
    ...point,
    line: label,
    [HUE]: label,
    isReference: shape === 'stroke',
    isMarked: shape !== 'stroke' && isMeasured && point.y !== null,
    tip: tip(label, label, ...lines),
    series: tip(label),
  }));
}

/** Cuts off a line outside of a range of values. */
export function within(line: Line, range: Range | null): Line {
  if (range === null) return line;
  const points = line.points.map((point) => {
    const y = point.y!;
    return { ...point, y, lower: point.lower ?? y, upper: point.upper ?? y };
  });
  return {
    ...line,
    points: cropped(points, range).map(({ measured, ...point }) => ({
      ...point,
      isMeasured: measured !== null,
      tip: measured?.tip ?? [],
    })),
  };
}

/** A copy of the field of the legend: a legend that is left out would remove the others of the same field. */
export const HUE = 'hue';

/** One legend for the marks; colours and dashes of lines have none. */
export function lineScales(lines: readonly Omit<Line, 'points'>[], field = 'line') {
  const domain = lines.map(({ label }) => label);
  const of = <T>(range: readonly T[]) => ({
    field,
    type: 'nominal',
    title: null,
    scale: { domain, range },
  });
  const unnamed = { field: HUE, legend: null };
  const colours = lines.map(({ colour }) => colour);
  const fills = lines.map(({ colour, isHollow }) => (isHollow ? 'white' : colour));
  return {
    color: { ...of(colours), ...unnamed },
    strokeDash: { ...of(lines.map(({ dash = DASHES[0]! }) => dash)), ...unnamed },
    stroke: of(colours),
    fill: of(fills),
    shape: of(lines.map(({ shape }) => shape)),
  };
}

/** Charts next to each other with one legend. */
export const SHARED = {
  scale: {
    color: 'shared',
    strokeDash: 'shared',
    stroke: 'shared',
    fill: 'shared',
    shape: 'shared',
  },
  legend: { stroke: 'shared', fill: 'shared', shape: 'shared' },
} as const;
