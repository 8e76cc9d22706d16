/** The axes of parallel coordinates: one for each column, of numbers or of words. */
import {
  type Cell,
  type CellOf,
  isMissing,
  numberIn,
  plainText,
} from '../../../base/table-query.ts';
import { figure } from '../../../base/units.ts';
import type { Named } from '../experiment-query.ts';
import { isDrawable, scaleOf } from './scale.ts';

export interface ParallelAxis {
  readonly name: string;
  /** Undefined for a cell that has no place. */
  readonly at: (cell: Cell) => number | undefined;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  /** The conditions of a filter that finds the values between two positions. */
  readonly between: (top: number, bottom: number) => readonly string[];
}

/** Positions, from top to bottom. */
export interface Span {
  readonly top: number;
  readonly bottom: number;
}

const MOST_TICKS = 6;
const MOST_WORDS = 12;
const EACH_DIGITS = Array.from({ length: 15 }, (_, i) => i + 1);

export function axisOf<Row>(
  { name }: Named,
  all: readonly Row[],
  cellOf: CellOf<Row>,
  span: Span,
  log: boolean,
): ParallelAxis {
  const cells = all.map((row) => cellOf(row, name)).filter((cell) => !isMissing(cell));
  const numbers = cells.map(numberIn).filter((value) => value !== undefined);
  return numbers.length === cells.length
    ? numericAxis(name, numbers.filter(isDrawable), span, log)
    : wordAxis(name, [...new Set(cells.map(plainText))], span);
}

/** The greatest value is at the top. */
function numericAxis(
  name: string,
  values: readonly number[],
  { top, bottom }: Span,
  log: boolean,
): ParallelAxis {
  const { at, valueAt, ticks } = scaleOf(values, bottom, top, { log, most: MOST_TICKS });
  /** The shortest number at this pixel. */
  const bound = (position: number): string => {
    const value = valueAt(position);
    const rounded = EACH_DIGITS.map((digits) => Number(value.toPrecision(digits)));
    return String(rounded.find((one) => Math.abs(at(one) - position) <= 0.5) ?? value);
  };
  return {
    name,
    at: (cell) => {
      const value = numberIn(cell);
      return isDrawable(value) ? at(value) : undefined;
    },
    ticks: ticks.map((tick) => ({ at: at(tick), text: figure(tick) })),
    // Bounds are rounded, so one at the end of the axis could leave out the outermost value.
    between: (from, to) => [
      ...(to < bottom ? [`${name}>=${bound(to)}`] : []),
      ...(from > top ? [`${name}<=${bound(from)}`] : []),
    ],
  };
}

/** In the order in which the words appear. */
function wordAxis(name: string, words: readonly string[], { top, bottom }: Span): ParallelAxis {
  const step = (bottom - top) / words.length;
  const places = new Map(words.map((word, i) => [word, top + (i + 0.5) * step]));
  const each = Math.ceil(words.length / MOST_WORDS);
  return {
    name,
    at: (cell) => places.get(plainText(cell)),
    ticks: [...places].flatMap(([text, at], i) => (i % each === 0 ? [{ at, text }] : [])),
    between: (from, to) =>
      [...places].flatMap(([word, at]) => (at >= from && at <= to ? [`${name}=${word}`] : [])),
  };
}

/** A row as a line. It has a gap where a value is missing. */
export function lineOf<Row>(
  row: Row,
  axes: readonly ParallelAxis[],
  x: (axis: number) => number,
  cellOf: CellOf<Row>,
): string {
  let path = '';
  let isDown = false;
  for (const [i, axis] of axes.entries()) {
    const y = axis.at(cellOf(row, axis.name));
    if (y !== undefined) path += `${isDown ? 'L' : 'M'}${x(i)},${y.toFixed(1)}`;
    isDown = y !== undefined;
  }
  return path;
}

/** How far the line of a row is from a point, in vertical pixels. Undefined if it has a gap there. */
export function distanceOf<Row>(
  row: Row,
  [x, y]: readonly [number, number],
  axes: readonly ParallelAxis[],
  placeOf: (axis: number) => number,
  cellOf: CellOf<Row>,
): number | undefined {
  const right = axes.findIndex((_axis, i) => i > 0 && placeOf(i) >= x);
  if (right < 1) return undefined;
  const [a, b] = [axes[right - 1]!, axes[right]!];
  const [from, to] = [a.at(cellOf(row, a.name)), b.at(cellOf(row, b.name))];
  if (from === undefined || to === undefined) return undefined;
  const share = (x - placeOf(right - 1)) / (placeOf(right) - placeOf(right - 1));
  return Math.abs(from + Math.max(0, share) * (to - from) - y);
}
