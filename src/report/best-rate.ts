/**
 * How far a method can compress: the last rate before the first one at which the accuracy is below the tolerance.
 * A larger rate that passes again after one that fails is usually luck. Of a hundred noisy rates, the largest that
 * passes is far beyond the rate at which the method begins to fail.
 */

import type { Aggregate, Sweep } from './aggregate.ts';
import type { ReferenceKind } from './reference.ts';

/** The largest rate up to which a method is as accurate as the uncompressed network, within the tolerance. */
export interface BestRate {
  readonly method: string;
  readonly label: string;
  readonly phase: string;
  /** Null if the smallest rate fails already. */
  readonly at: Aggregate | null;
  /** The nominal rate, if it describes the network as well as the true rate does. */
  readonly name: RateName | null;
  /** The first rate that fails; null if all pass. */
  readonly failedAt: number | null;
  /** Larger rates that pass again. They do not count. */
  readonly againAt: readonly number[];
  /** The network that the accuracy is compared with. */
  readonly reference: ReferenceKind;
  /** No rate above 1 was tried, so nothing was compressed. */
  readonly isUncompressed: boolean;
}

export interface RateName {
  readonly nominal: number;
  readonly real: number;
  /** The nominal and the true rate differ much, or several nominal rates gave networks of the same size. */
  readonly isMisleading: boolean;
}

/** The points must be sorted by rate. Returns the last one before the first that fails. */
export function lastBeforeFailure<T>(
  points: readonly T[],
  passes: (point: T) => boolean,
): T | null {
  const failure = points.findIndex((point) => !passes(point));
  return (failure < 0 ? points.at(-1) : points[failure - 1]) ?? null;
}

/** The true rate of the compressed layers together, or of the whole network if that is unknown. */
export function trueRate({ compression }: Aggregate): number {
  return compression.layers ?? compression.total;
}

/** Some of these rates are those of whole networks, as of results that other programs measured. */
export function someOfNetworks(best: readonly BestRate[]): boolean {
  return best.some(({ at }) => at !== null && at.compression.layers === null);
}

/** Null if there is no reference. */
export function bestRate(sweep: Sweep, tolerance: number): BestRate | null {
  const { method, label, phase, reference } = sweep[0];
  if (reference === null) return null;
  // A tolerance of a billionth: 0.994 - 0.005 is slightly above 0.989 in binary.
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

/** Networks so much larger or smaller than their nominal rate that the rate on the axis misleads. */
const VERY_FAR = 1.5;

/** The results whose true rate differs much from the nominal rate. */
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

/** If the rates differ by more than a tenth, the nominal rate does not describe the result. */
const FAR = 1.1;
