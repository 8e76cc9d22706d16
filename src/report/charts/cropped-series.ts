/**
 * Cuts off a series outside of a range of values, exactly where its line and the edges of its band cross the limits.
 *
 * The data are cut, because a clip path is not safe: resvg 2.6.2 aborts the process, past any `catch`, if a clipped
 * group is outside the drawing.
 */

import type { Range } from './canvas.ts';

export interface SeriesPoint<T = unknown> {
  readonly x: number;
  /** Null if the line is outside: it has a gap there. */
  readonly y: number | null;
  readonly lower: number;
  readonly upper: number;
  /** Null for a point that was added at a crossing. It has no mark. */
  readonly measured: T | null;
}

interface MeasuredPoint {
  readonly x: number;
  readonly y: number;
  readonly lower: number;
  readonly upper: number;
}

/** `points` by rising x. Lines between them are straight over the logarithm of x. */
export function cropped<T extends MeasuredPoint>(
  points: readonly T[],
  range: Range,
): readonly SeriesPoint<T>[] {
  return points.flatMap((point, i) => {
    const previous = points[i - 1];
    const crossings =
      previous === undefined ? [] : range.flatMap((limit) => crossingsOf(previous, point, limit));
    crossings.sort((a, b) => a.x - b.x);
    return [
      ...crossings.map((at) => ({ ...cut(at, range), measured: null })),
      { ...cut(point, range), measured: point },
    ];
  });
}

/** The crossings of any of the three lines from `a` to `b` with a limit. */
function crossingsOf(a: MeasuredPoint, b: MeasuredPoint, limit: number): readonly MeasuredPoint[] {
  return (['y', 'lower', 'upper'] as const)
    .filter((line) => a[line] < limit !== b[line] < limit)
    .map((line) => {
      const share = (limit - a[line]) / (b[line] - a[line]);
      return {
        x: a.x * (b.x / a.x) ** share,
        y: a.y + (b.y - a.y) * share,
        lower: a.lower + (b.lower - a.lower) * share,
        upper: a.upper + (b.upper - a.upper) * share,
        // Exactly on the limit, despite rounding.
        [line]: limit,
      };
    });
}

function cut({ x, y, lower, upper }: MeasuredPoint, [least, greatest]: Range) {
  const within = (value: number): number => Math.min(Math.max(value, least), greatest);
  return { x, y: y === within(y) ? y : null, lower: within(lower), upper: within(upper) };
}
