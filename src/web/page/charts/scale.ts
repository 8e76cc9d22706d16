/** The axis of a chart: values to positions, with round numbers as ticks. */

export interface Scale {
  readonly at: (value: number) => number;
  readonly valueAt: (position: number) => number;
  readonly ticks: readonly number[];
}

/** Differences of greater numbers are infinite. */
const GREATEST = 1e300;

export function isDrawable(value: number | undefined): value is number {
  return value !== undefined && Math.abs(value) <= GREATEST;
}

/** A logarithmic axis needs positive values; otherwise it is linear. `from` and `to` are positions. */
export function scaleOf(
  values: readonly number[],
  from: number,
  to: number,
  { log, most = 6 }: { readonly log: boolean; readonly most?: number },
): Scale {
  const [low, high] = extentOf(values);
  if (log && low > 0) {
    const [a, b] = [Math.log10(low), Math.log10(high)];
    const [first, last] = a === b ? [a - 0.5, b + 0.5] : [a, b];
    const at = (value: number): number =>
      from + ((Math.log10(value) - first) / (last - first)) * (to - from);
    const valueAt = (position: number): number =>
      10 ** (first + ((position - from) / (to - from)) * (last - first));
    return { at, valueAt, ticks: logTicks(first, last, most) };
  }
  const margin = low === high ? Math.abs(low) / 2 || 1 : 0;
  const [first, last] = [low - margin, high + margin];
  const at = (value: number): number => from + ((value - first) / (last - first)) * (to - from);
  const valueAt = (position: number): number =>
    first + ((position - from) / (to - from)) * (last - first);
  return { at, valueAt, ticks: linearTicks(first, last, most) };
}

function extentOf(values: readonly number[]): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}

/** Multiples of 1, 2 or 5 times a power of ten. */
function linearTicks(first: number, last: number, most: number): readonly number[] {
  const rough = (last - first) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  // The range may be smaller than the numbers of the machine can divide.
  if (step === 0) return [first];
  const [from, to] = [Math.ceil(first / step - 1e-9), Math.floor(last / step + 1e-9)];
  const ticks = new Set<number>();
  // Adding 1 to a number may leave it as it is.
  for (let i = 0; i <= to - from; i++) ticks.add(Number(((from + i) * step).toPrecision(12)));
  return [...ticks];
}

/** Powers of ten, and their multiples by 2 and 5 if there are few. */
function logTicks(first: number, last: number, most: number): readonly number[] {
  const factors = last - first > most / 3 ? [1] : [1, 2, 5];
  const step = Math.max(1, Math.ceil((last - first) / most));
  const ticks: number[] = [];
  for (let power = Math.floor(first); power <= last; power += step) {
    for (const factor of factors) {
      const tick = Number((factor * 10 ** power).toPrecision(12));
      const place = Math.log10(tick);
      if (place >= first - 1e-9 && place <= last + 1e-9) ticks.push(tick);
    }
  }
  return ticks;
}
