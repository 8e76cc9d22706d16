/**
 * Compares every method with SVD at equal numbers of true parameters, network by network and image by image.
 *
 * Equal nominal rates are not enough: methods round ranks differently, and a CUR that draws a random number of
 * columns misses its rate. So each network is compared with the SVD of the same trained network, in the same phase,
 * with as many parameters: the SVD point within 2%, or else the line between the two neighbouring SVD points over
 * the logarithm of the parameters. On that line an image is correct by the weights of the two neighbours: 1 if both
 * classify it correctly. A rate is compared if all of its networks have a partner. Outside the range of the SVD
 * points there is no partner.
 *
 * The parameters counted are those of the classifier if neither method changes the features: their constant millions
 * would make unequal classifiers look equal. Otherwise the whole network is counted.
 */

import type { Family } from '../nn/evaluation-row.ts';
import { groupBy } from './aggregate.ts';
import type { Measurement } from './measurement.ts';
import { accuracyOf, type Count, differences, partnerOf } from './partner.ts';
import { medianOf } from './spread.ts';
import {
  crossedDifference,
  type Estimate,
  type PairedDifferences,
} from './statistics/crossed-difference.ts';
import { compareText, PROTOCOLS, type Study } from './study.ts';

/** One method against SVD in one phase. */
export interface Comparison {
  readonly method: string;
  readonly label: string;
  readonly family: Family;
  readonly phase: string;
  /** The SVD that it is compared with, or 8 bits alone. */
  readonly reference: string;
  readonly points: readonly ComparedPoint[];
  /** Rates for which no reference is as large. */
  readonly beyond: readonly number[];
  /**
   * The mean over the rates above 1 (which compress something) of the method's accuracy minus SVD's; null if there
   * are no such rates.
   */
  readonly difference: number | null;
  /** The same from the single images; null if it is unknown which were classified correctly. */
  readonly estimate: Estimate | null;
  /** The method is random, and was drawn only once. */
  readonly isOneDraw: boolean;
}

export interface ComparedPoint {
  readonly rate: number;
  /** The median of the parameters or bytes, as counted for the comparison. */
  readonly parameters: number;
  /** Means over the networks. */
  readonly accuracy: number;
  readonly svd: number;
  readonly difference: number;
  /** Whether SVD's number was interpolated between two of its points, for any of the networks. */
  readonly interpolated: boolean;
  readonly networks: number;
  readonly estimate: Estimate | null;
}

export function compareWithSvd(study: Study): readonly Comparison[] {
  const compressed = study.rows.filter(({ rate }) => rate !== null);
  const factored = compressed.filter(({ family }) => family !== 'int8');
  return inOrder(factored).flatMap((sweep) => {
    const reference = referenceFor(sweep[0], compressed);
    if (reference === null) return [];
    const count = parameterCount([...sweep, ...reference]);
    return [comparison(sweep, reference, study, count)];
  });
}

/**
 * The same for methods in 8 bits against 8 bits alone, which factors nothing, at equal sizes of the files. Rows of 8 bits
 * alone that leave some layers in floats are points of one curve.
 */
export function compareWithInt8({ rows, ...study }: Study): readonly Comparison[] {
  const sized = rows.filter(({ rate, bytes }) => rate !== null && bytes !== null);
  const factored = sized.filter(({ family, base }) => family !== 'int8' && isInInt8(base));
  return inOrder(factored).flatMap((sweep) => {
    const alone = sized.filter(
      ({ family, phase }) => family === 'int8' && phase === sweep[0].phase,
    );
    const [first, ...others] = alone;
    if (first === undefined) return [];
    const found = comparison(sweep, [first, ...others], { rows, ...study }, ({ bytes }) => bytes!);
    return [{ ...found, reference: 'int8' }];
  });
}

function isInInt8(method: string): boolean {
  return method.split(' ').includes('int8');
}

type Rows = readonly [Measurement, ...Measurement[]];

/** One sweep per method and phase. */
function inOrder(rows: readonly Measurement[]): readonly Rows[] {
  const sweeps = groupBy(rows, ({ method, phase }) => JSON.stringify([phase, method]));
  const order = ([{ protocol }]: Rows): number => PROTOCOLS.indexOf(protocol);
  return [...sweeps].sort((a, b) => order(a) - order(b) || compareText(a[0].phase, b[0].phase));
}

/** The rows of the SVD to compare with; null if there is none, or if the method is that SVD. */
function referenceFor(of: Measurement, rows: readonly Measurement[]): Rows | null {
  const fitting = rows.filter(
    ({ family, phase, scheme }) =>
      family === 'svd' && phase === of.phase && (scheme === null) === (of.scheme === null),
  );
  const likeness = ({ base, scheme, allocation }: Measurement): number =>
    4 * Number(PLAIN.includes(base)) +
    2 * Number(scheme === of.scheme) +
    Number(allocation === of.allocation);
  const candidates = groupBy(fitting, ({ method }) => method);
  const order = ([{ base }]: Rows): number =>
    PLAIN.includes(base) ? PLAIN.indexOf(base) : PLAIN.length;
  const [first] = [...candidates].sort(
    (a, b) => likeness(b[0]) - likeness(a[0]) || order(a) - order(b),
  );
  return first === undefined || first[0].method === of.method ? null : first;
}

/** The meaning of 'SVD' if there are several: the first of these. */
const PLAIN = ['svd', 'svd-published'];

function comparison(sweep: Rows, svd: Rows, study: Study, count: Count): Comparison {
  const { method, label, family, phase } = sweep[0];
  const trainings = new Set(sweep.map(({ trainingSeed }) => trainingSeed)).size;
  const networks = sweep.map((row) => {
    const own = svd.filter(({ trainingSeed }) => trainingSeed === row.trainingSeed);
    const partner = partnerOf(count(row), own, count);
    return { row, partner, values: partner && differences(row, partner, study.outcomes) };
  });
  const rates = groupBy(networks, ({ row }) => String(row.rate));
  const compared = rates.filter((group) => group.every(({ partner }) => partner !== null));
  const units = compared.map((group) =>
    group.flatMap(({ row, values }): readonly PairedDifferences[] => {
      // Draws from one trained network share that network.
      const repetition = String(trainings > 1 ? row.trainingSeed : row.seed);
      return values ? [{ stratum: row.rate!, repetition, values }] : [];
    }),
  );
  const points = compared.map((group, i): ComparedPoint => {
    const accuracy = meanOf(group.map(({ row }) => row.score));
    const reference = meanOf(group.map(({ partner }) => accuracyOf(partner!)));
    return {
      rate: group[0].row.rate!,
      parameters: medianOf(group.map(({ row }) => count(row))),
      accuracy,
      svd: reference,
      difference: accuracy - reference,
      interpolated: group.some(({ partner }) => partner!.length > 1),
      networks: group.length,
      estimate: units[i]!.length === group.length ? estimateOf(units[i]!) : null,
    };
  });
  const tested = points.filter(({ rate }) => rate > 1);
  const isTestable = tested.length > 0 && tested.every(({ estimate }) => estimate !== null);
  return {
    method,
    label,
    family,
    phase,
    reference: svd[0].label,
    points,
    beyond: rates
      .filter((group) => !compared.includes(group))
      .map(([{ row }]) => row.rate!)
      .filter((rate) => rate > 1),
    difference: tested.length === 0 ? null : meanOf(tested.map(({ difference }) => difference)),
    estimate: isTestable ? estimateOf(units.flat().filter(({ stratum }) => stratum > 1)) : null,
    isOneDraw:
      sweep.some(({ seed }) => seed !== null) &&
      trainings === 1 &&
      new Set(sweep.map(({ seed }) => seed)).size === 1,
  };
}

function parameterCount(rows: readonly Measurement[]): Count {
  const features = new Set(rows.map(({ parameters }) => parameters.features));
  return features.size === 1
    ? ({ parameters }) => parameters.classifier
    : ({ parameters }) => parameters.total;
}

function estimateOf(units: readonly PairedDifferences[]): Estimate | null {
  const isPaired = new Set(units.map(({ values }) => values.length)).size === 1;
  return isPaired ? crossedDifference(units) : null;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
