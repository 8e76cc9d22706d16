/**
 * The curve of a stage: numbers by step, such as the loss of a training. It is a file of lines, each a JSON object with
 * `step`, maybe `epoch`, and any numbers. The page uses this file too.
 */
import { parseJson } from './json-text.ts';

/** A file with this name in an output is the curve of its stage. */
export const CURVE_FILE = 'curve.jsonl';

export interface CurvePoint {
  readonly step: number;
  /** It may be a fraction. */
  readonly epoch?: number;
  readonly values: Readonly<Record<string, number>>;
}

/** Further numbers of a line are ignored. */
const MOST_VALUES = 50;

/**
 * Strings come first, so that their contents are kept. One without an end is a match too, so that a long line is read
 * once. Python writes these numbers, which are not JSON.
 */
const NOT_FINITE = /"(?:[^"\\]|\\.)*"?|-?\bInfinity\b|\bNaN\b/g;

/** Undefined if the line is something else. Numbers that are not finite leave a gap in the curve. */
export function parseCurveLine(line: string): CurvePoint | undefined {
  if (!/^\s*\{.*"step"/.test(line)) return undefined;
  const json = line.replace(NOT_FINITE, (token) => (token.startsWith('"') ? token : 'null'));
  const parsed = parseJson(json);
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { step, epoch, ...rest } = parsed as Record<string, unknown>;
  if (!isNumber(step) || step < 0) return undefined;
  const values = Object.entries(rest).filter((one): one is [string, number] => isNumber(one[1]));
  return {
    step,
    ...(isNumber(epoch) && { epoch }),
    values: Object.fromEntries(values.slice(0, MOST_VALUES)),
  };
}

/** The line without its end. */
export function curveLine({ step, epoch, values }: CurvePoint): string {
  return JSON.stringify({ step, ...(epoch !== undefined && { epoch }), ...values });
}

const MOST_POINTS = 20_000;

/**
 * Collects the points of a curve in the order in which they were written. A stage that continues from a checkpoint
 * writes some steps again, so a smaller step replaces everything from that step on. Lines of the same step are one
 * point. Of a very long curve, neighbours become one point with their mean.
 */
export class Curve {
  private own: CurvePoint[] = [];

  get points(): readonly CurvePoint[] {
    return this.own;
  }

  add(point: CurvePoint): void {
    if (this.own.length >= MOST_POINTS) this.own = [...thinned(this.own, MOST_POINTS / 2)];
    const points = this.own;
    let last = points.at(-1);
    if (last !== undefined && point.step < last.step) {
      points.length = placeOf(points, point.step);
      last = undefined;
    }
    if (last?.step === point.step) {
      points[points.length - 1] = {
        ...last,
        ...point,
        values: { ...last.values, ...point.values },
      };
    } else points.push(point);
  }

  addText(text: string): void {
    for (const line of text.split('\n')) {
      const point = parseCurveLine(line);
      if (point) this.add(point);
    }
  }
}

export function curveIn(text: string): readonly CurvePoint[] {
  const curve = new Curve();
  curve.addText(text);
  return curve.points;
}

/** The place of the first point with this step or a later one. */
function placeOf(points: readonly CurvePoint[], step: number): number {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle]!.step < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The names of all numbers, in the order in which they first occur. */
export function curveNames(points: readonly CurvePoint[]): readonly string[] {
  return [...new Set(points.flatMap(({ values }) => Object.keys(values)))];
}

const SPLIT = /^(?:train(?:ing)?|val(?:id(?:ation)?)?|test|eval|dev|held_?out)[_/. -]/i;

/** `validation_loss` and `train/loss` belong to `loss`: they have one unit, so they can share an axis. */
export function familyOf(name: string): string {
  return name.replace(SPLIT, '') || name;
}

/** The names of each family, in the order in which they first occur. */
export function curveFamilies(names: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const families = new Map<string, string[]>();
  for (const name of names) {
    const own = families.get(familyOf(name));
    if (own) own.push(name);
    else families.set(familyOf(name), [name]);
  }
  return families;
}

/** A number may have any name, such as `constructor`. */
export function valueAt({ values }: CurvePoint, name: string): number | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** The points that have this number. */
export function seriesOf(
  points: readonly CurvePoint[],
  name: string,
): readonly (readonly [number, number])[] {
  return points.flatMap((point) => {
    const value = valueAt(point, name);
    return value === undefined ? [] : [[point.step, value] as const];
  });
}

/** One point per epoch: the mean of each number over its steps. A point stands for the steps since the one before it. */
export function epochsOf(points: readonly CurvePoint[]): readonly CurvePoint[] {
  const epochs = new Map<number, CurvePoint[]>();
  const before = new Map<CurvePoint, number>();
  let last = 0;
  for (const point of points) {
    if (point.epoch === undefined) continue;
    // Some programs write the passed share of an epoch.
    const epoch = Math.ceil(point.epoch);
    const known = epochs.get(epoch);
    if (known) known.push(point);
    else epochs.set(epoch, [point]);
    before.set(point, last);
    last = point.step;
  }
  return [...epochs].map(([epoch, own]) => merged(own, epoch, before));
}

/** At most `most` points: neighbours become one point with their mean. */
export function thinned(points: readonly CurvePoint[], most: number): readonly CurvePoint[] {
  const size = Math.ceil(points.length / most);
  if (size <= 1) return points;
  const before = new Map(points.map((point, i) => [point, i === 0 ? 0 : points[i - 1]!.step]));
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) => {
    const own = points.slice(i * size, (i + 1) * size);
    return merged(own, own.at(-1)!.epoch, before);
  });
}

function merged(
  points: readonly CurvePoint[],
  epoch: number | undefined,
  before: ReadonlyMap<CurvePoint, number>,
): CurvePoint {
  const values = curveNames(points).map((name) => {
    let [sum, weight] = [0, 0];
    for (const point of points) {
      const value = valueAt(point, name);
      if (value === undefined) continue;
      const steps = Math.max(1, point.step - before.get(point)!);
      sum += steps * value;
      weight += steps;
    }
    return [name, sum / weight] as const;
  });
  const { step } = points.at(-1)!;
  return { step, ...(epoch !== undefined && { epoch }), values: Object.fromEntries(values) };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
