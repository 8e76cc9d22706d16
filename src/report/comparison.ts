/**
 * CUR against SVD at equal numbers of true parameters.
 *
 * The rates asked for don't do: methods round ranks differently, and a CUR that draws a random number
 * of columns misses its rate. So each CUR result is set against the SVD result with as many parameters:
 * that of an SVD point within 2%, or else on the line between the two neighbouring SVD points, over the
 * logarithm of the parameters. Outside the range of the SVD points there is nothing to compare with.
 *
 * The parameters counted are the classifier's where no method touches the features, whose constant
 * millions would make unequal classifiers look equal; else those of the whole network.
 */

import type { Aggregate, Sweep } from './aggregate.ts';
import type { Protocol } from './results.ts';
import { medianOf } from './spread.ts';

/** One CUR method against SVD under one protocol. */
export interface Comparison {
  readonly method: string;
  readonly label: string;
  readonly protocol: Protocol;
  readonly points: readonly ComparedPoint[];
  /** Median over the points of CUR's accuracy minus SVD's; null where no point could be compared. */
  readonly difference: number | null;
}

export interface ComparedPoint {
  readonly rate: number;
  /** As counted for the comparison. */
  readonly parameters: number;
  /** Medians over seeds. */
  readonly cur: number;
  readonly svd: number;
  readonly difference: number;
  /** Whether SVD's number was read between two of its points. */
  readonly interpolated: boolean;
}

export function compareOnParameters(sweeps: readonly Sweep[]): readonly Comparison[] {
  const count = parameterCount(sweeps.flat());
  return sweeps.flatMap((sweep) => {
    const { method, label, family, protocol } = sweep[0];
    if (family !== 'cur') return [];
    const svd = sweeps
      .filter(([first]) => first.family === 'svd' && first.protocol === protocol)
      .flat()
      .sort((a, b) => count(a) - count(b));
    const points = sweep.flatMap((cur) => comparedPoint(cur, svd, count));
    if (svd.length === 0) return [];
    const difference =
      points.length === 0 ? null : medianOf(points.map((point) => point.difference));
    return [{ method, label, protocol, points, difference }];
  });
}

/** Accuracies closer than this many test images count as level. */
export const NOISE_IMAGES = 10;

const EQUAL_WITHIN = 0.02;

type ParameterCount = (aggregate: Aggregate) => number;

function parameterCount(aggregates: readonly Aggregate[]): ParameterCount {
  const features = new Set(aggregates.map(({ parameters }) => parameters.features));
  return features.size === 1
    ? ({ parameters }) => parameters.classifier
    : ({ parameters }) => parameters.total;
}

function comparedPoint(
  cur: Aggregate,
  svd: readonly Aggregate[],
  count: ParameterCount,
): readonly ComparedPoint[] {
  const points = svd.map((point) => ({ size: count(point), accuracy: point.accuracy.median }));
  const size = count(cur);
  const reference = equalPoint(size, points) ?? between(size, points);
  if (reference === null) return [];
  const accuracy = cur.accuracy.median;
  return [
    {
      rate: cur.rate!,
      parameters: size,
      cur: accuracy,
      svd: reference.accuracy,
      difference: accuracy - reference.accuracy,
      interpolated: reference.interpolated,
    },
  ];
}

interface SizedAccuracy {
  readonly size: number;
  readonly accuracy: number;
}

interface Reference {
  readonly accuracy: number;
  readonly interpolated: boolean;
}

/** The point nearest in size, if it is near enough to be called equal. */
function equalPoint(size: number, points: readonly SizedAccuracy[]): Reference | null {
  const distance = (point: SizedAccuracy): number => Math.abs(Math.log(point.size / size));
  const [nearest] = [...points].sort((a, b) => distance(a) - distance(b));
  if (nearest === undefined || distance(nearest) > EQUAL_WITHIN) return null;
  return { accuracy: nearest.accuracy, interpolated: false };
}

/** `points` from small to large. */
function between(size: number, points: readonly SizedAccuracy[]): Reference | null {
  const above = points.findIndex((point) => point.size > size);
  if (above < 1) return null;
  const [small, large] = [points[above - 1]!, points[above]!];
  const share = Math.log(size / small.size) / Math.log(large.size / small.size);
  const accuracy = small.accuracy + (large.accuracy - small.accuracy) * share;
  return { accuracy, interpolated: true };
}
