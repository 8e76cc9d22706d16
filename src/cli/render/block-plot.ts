/** A curve in a terminal, as bars of block characters. It has no colours, so it can be copied. */

/** By eighths of a line. */
const BARS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** Step and value, by ascending steps. */
export type PlotPoints = readonly (readonly [number, number])[];

export interface PlotScale {
  readonly low: number;
  readonly high: number;
}

export function scaleOf(all: readonly PlotPoints[]): PlotScale {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const points of all) {
    for (const [, value] of points) [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  return { low, high };
}

/** `height` lines, each `width` wide. The lowest value has the lowest bar, so that it differs from a missing one. */
export function blockPlot(
  points: PlotPoints,
  { low, high }: PlotScale,
  width: number,
  height: number,
): readonly string[] {
  const eighths = columnMeans(points, width).map((value) => {
    if (value === undefined) return 0;
    const share = high > low ? (value - low) / (high - low) : 0.5;
    return 1 + Math.round(share * (8 * height - 1));
  });
  return Array.from({ length: height }, (_, line) => {
    const below = 8 * (height - 1 - line);
    return eighths.map((count) => BARS[Math.max(0, Math.min(8, count - below))]).join('');
  });
}

/** The mean of each column. A column between two points has the value of the point before it. */
function columnMeans(points: PlotPoints, width: number): readonly (number | undefined)[] {
  const [first, last] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0];
  const sums = Array.from({ length: width }, () => ({ sum: 0, count: 0 }));
  for (const [step, value] of points) {
    const share = last > first ? (step - first) / (last - first) : 0;
    const column = sums[Math.min(width - 1, Math.floor(share * width))]!;
    column.sum += value;
    column.count++;
  }
  let before: number | undefined;
  return sums.map(({ sum, count }) => {
    if (count > 0) before = sum / count;
    return before;
  });
}
