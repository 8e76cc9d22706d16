/**
 * How far a method can compress: the last rate before the first at which the accuracy is below the
 * tolerance. A larger rate that passes again, after one that fails, is luck more often than not: of a
 * hundred noisy rates the largest that passes is far beyond where the method begins to fail.
 */

import type { Aggregate, Sweep } from './aggregate.ts';
import type { ReferenceKind } from './reference.ts';

/** The largest rate up to which a method is as accurate as the uncompressed network, within the tolerance. */
export interface BestRate {
  readonly method: string;
  readonly label: string;
  readonly phase: string;
  /** Null where the smallest rate fails already. */
  readonly at: Aggregate | null;
  /** The rate asked for, where it names the network as well as the true rate does. */
  readonly name: RateName | null;
  /** The first rate that fails; null where all pass. */
  readonly failedAt: number | null;
  /** Larger rates that pass again: they don't count. */
  readonly againAt: readonly number[];
  /** What the accuracy is compared with. */
  readonly reference: ReferenceKind;
  /** No rate above 1 was tried, so that nothing was compressed. */
  readonly isUncompressed: boolean;
}

export interface RateName {
  readonly nominal: number;
  readonly real: number;
  /** The two are far apart, or several rates that were asked for gave networks of one size. */
  readonly isMisleading: boolean;
}

/** Of points from the smallest rate to the largest: the last one before the first that fails. */
export function lastBeforeFailure<T>(
  points: readonly T[],
  passes: (point: T) => boolean,
): T | null {
  const failure = points.findIndex((point) => !passes(point));
  return (failure < 0 ? points.at(-1) : points[failure - 1]) ?? null;
}

/** Of the compressed layers together; of the whole network where that is not known. */
export function trueRate({ compression }: Aggregate): number {
  return compression.layers ?? compression.total;
}

/** Null where there is nothing to compare with. */
export function bestRate(sweep: Sweep, tolerance: number): BestRate | null {
  const { method, label, phase, reference } = sweep[0];
  if (reference === null) return null;
  // A billionth of slack: 0.994 - 0.005 is a hair above 0.989 in binary.
  const passes = ({ margin }: Aggregate): boolean => margin! >= -tolerance - 1e-9;
  const ordered = [...sweep].sort((a, b) => trueRate(a) - trueRate(b) || a.rate! - b.rate!);
  const at = lastBeforeFailure(ordered, passes);
  const beyond = at === null ? ordered : ordered.slice(ordered.indexOf(at) + 1);
  return {
    method,
    label,
    phase,
    at,
    name: at === null ? null : nameOf(at, sweep),
    failedAt: beyond[0]?.rate ?? null,
    againAt: beyond.filter(passes).map(({ rate }) => rate!),
    reference,
    isUncompressed: sweep.every(({ rate }) => rate! <= 1),
  };
}

/** Where the layers are that much larger or smaller than asked for, the rate on the axis misleads. */
const VERY_FAR = 1.5;

/** The results whose true rate is far from the rate that was asked for. */
export function misnamed(aggregates: readonly Aggregate[]): readonly Aggregate[] {
  return aggregates.filter(
    (one) => one.rate !== null && Math.abs(Math.log(trueRate(one) / one.rate)) > Math.log(VERY_FAR),
  );
}

function nameOf(at: Aggregate, sweep: Sweep): RateName {
  const [nominal, real] = [at.rate!, trueRate(at)];
  const isShared = sweep.some(
    (one) => one !== at && one.parameters.total === at.parameters.total && one.rate !== at.rate,
  );
  const isFar = Math.abs(Math.log(real / nominal)) > Math.log(FAR);
  return { nominal, real, isMisleading: isShared || isFar };
}

/** More than a tenth apart, a rate that was asked for is no name for what came out. */
const FAR = 1.1;
