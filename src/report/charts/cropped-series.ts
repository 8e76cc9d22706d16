/**
 * Cuts off a series below a floor, exactly where its line and the edges of its band cross the floor.
 *
 * The data are cut, because a clip path is not safe: resvg 2.6.2 aborts the process, past any `catch`, if a clipped
 * group is outside the drawing.
 */

export interface SeriesPoint {
  readonly rate: number;
  /** Null if the line is below the floor: it has a gap there. */
  readonly y: number | null;
  readonly lower: number;
  readonly upper: number;
  /** False for points that were added at crossings. They have no mark. */
  readonly isMeasured: boolean;
}

interface MeasuredPoint {
  readonly rate: number;
  readonly y: number;
  readonly lower: number;
  readonly upper: number;
}

/** `points` by rising rate. Lines between them are straight over the logarithm of the rate. */
export function cropped(points: readonly MeasuredPoint[], floor: number): readonly SeriesPoint[] {
  return points.flatMap((point, i) => {
    const previous = points[i - 1];
    const crossings = previous === undefined ? [] : crossingsOf(previous, point, floor);
    return [...crossings.map((at) => cut(at, floor, false)), cut(point, floor, true)];
  });
}

/** The crossings of any of the three lines from `a` to `b` with the floor, from left to right. */
function crossingsOf(a: MeasuredPoint, b: MeasuredPoint, floor: number): readonly MeasuredPoint[] {
  return (['y', 'lower', 'upper'] as const)
    .filter((line) => a[line] < floor !== b[line] < floor)
    .map((line) => ({ line, share: (floor - a[line]) / (b[line] - a[line]) }))
    .sort((one, other) => one.share - other.share)
    .map(({ line, share }) => ({
      rate: a.rate * (b.rate / a.rate) ** share,
      y: a.y + (b.y - a.y) * share,
      lower: a.lower + (b.lower - a.lower) * share,
      upper: a.upper + (b.upper - a.upper) * share,
      // Exactly on the floor, despite rounding.
      [line]: floor,
    }));
}

function cut(
  { rate, y, lower, upper }: MeasuredPoint,
  floor: number,
  isMeasured: boolean,
): SeriesPoint {
  return {
    rate,
    y: y < floor ? null : y,
    lower: Math.max(lower, floor),
    upper: Math.max(upper, floor),
    isMeasured,
  };
}
