/** The warnings that a reader must know before believing the numbers of a study. */

import { type Aggregate, accuracyAbove, groupBy, phasesOf } from './aggregate.ts';
import { type BestRate, misnamed, trueRate } from './best-rate.ts';
import { counted, formatNumber, joinedByAnd } from './format.ts';
import type { Measurement } from './measurement.ts';
import { referenceOf } from './reference.ts';
import { speedWarnings } from './speed-sentences.ts';
import type { Study } from './study.ts';
import type { Summary } from './summary.ts';

export function warningsOf(summary: Summary): readonly string[] {
  const { aggregates, baseline, best, study } = summary;
  return [
    ...(baseline === null
      ? [`There is no baseline, so the loss of ${study.measure} by compression is unknown.`]
      : []),
    ...drawWarnings(aggregates),
    ...testWarnings(summary),
    ...beyondWarnings(summary),
    ...misnamedWarning(aggregates),
    ...phasesOf(aggregates).flatMap((phase) => uncompressedWarning(phase, study)),
    ...luckWarnings(best),
    ...speedWarnings(summary),
  ];
}

/** A rank is at least 1, and some schemes can't use their whole budget. */
function misnamedWarning(aggregates: readonly Aggregate[]): readonly string[] {
  const names = new Map(
    misnamed(aggregates).map((one) => [
      JSON.stringify([one.method, one.rate]),
      `${one.label} at CR\u00a0${formatNumber(one.rate, 'rate')} (true CR ${formatNumber(trueRate(one), 'ratio')})`,
    ]),
  );
  if (names.size === 0) return [];
  const shown = [...names.values()].slice(0, 4);
  const rest = names.size - shown.length;
  const which = joinedByAnd(rest === 0 ? shown : [...shown, `${rest} more`]);
  return [`The true rate is far from the nominal rate: ${which}.`];
}

/** Only for random methods: the others give the same factors every time. */
function drawWarnings(aggregates: readonly Aggregate[]): readonly string[] {
  const random = aggregates.filter(({ family, isRandom }) => family === 'cur' && isRandom);
  const single = random.filter(({ accuracy, networks }) => accuracy.count === networks);
  if (single.length === 0) return [];
  const which =
    single.length === random.length
      ? 'all CUR results'
      : `${single.length} of ${counted(random.length, 'CUR result')}`;
  return [
    `Only one seed for ${which}: if CUR draws its columns at random, one draw can differ from the median by several points.`,
  ];
}

function testWarnings({ hypotheses, study }: Summary): readonly string[] {
  const compared = hypotheses.filter(({ difference }) => difference !== null);
  if (compared.length === 0) return [];
  if (compared.some(({ estimate }) => estimate === null)) {
    return [`${UNKNOWN[study.measure]} Differences from SVD without an interval were not tested.`];
  }
  const trainings = new Set(study.rows.map(({ trainingSeed }) => trainingSeed)).size;
  const isOneDraw = compared.some((one) => one.isOneDraw);
  return [
    ...(trainings > 1
      ? []
      : [
          'All results are from one network: the tests against SVD hold for it, but not for others of its kind.',
        ]),
    ...(isOneDraw
      ? [
          'If a random method was drawn once, its interval covers the variation over test samples, but not over draws.',
        ]
      : []),
  ];
}

const UNKNOWN = {
  accuracy: 'For some results it is unknown which test samples they classify correctly.',
  agreement:
    'For some results it is unknown for which test samples they predict the class of the original.',
  similarity: 'The similarity of outputs is one number for all test samples.',
} as const;

function beyondWarnings({ hypotheses }: Summary): readonly string[] {
  const beyond = hypotheses.filter((one) => one.beyond.length > 0);
  if (beyond.length === 0) return [];
  const groups = groupBy(beyond, ({ phase, beyond: rates }) => JSON.stringify([phase, rates]));
  const shown = groups.slice(0, 4).map((group) => {
    const [{ label, phase, beyond: rates }] = group;
    const who = group.length === 1 ? label : counted(group.length, 'method');
    return `${who} (${phase}) at CR\u00a0${shortened(rates)}`;
  });
  const rest = groups.length - shown.length;
  const which = joinedByAnd(rest === 0 ? shown : [...shown, `${rest} more`]);
  return [
    `These were not compared with SVD, because no SVD result has a similar number of parameters: ${which}.`,
  ];
}

/** Networks that differ by at most this number of test images differ only by rounding. */
const NOISE_IMAGES = 10;

/**
 * At CR 1 nothing is lost. A sweep that differs from its reference there does not start
 * from it.
 */
function uncompressedWarning(phase: string, study: Study): readonly string[] {
  const rows = study.rows.filter((row) => row.phase === phase && row.rate === 1);
  const protocol = rows[0]?.protocol;
  const reference = rows[0] === undefined ? null : referenceOf(rows[0], study.rows);
  const references = reference?.rows ?? [];
  const off = [...new Set(rows.map(({ label }) => label))].flatMap((label) => {
    const differences = rows
      .filter((row) => row.label === label)
      .flatMap((row) => imagesGained(row, references))
      .sort((a, b) => Math.abs(b) - Math.abs(a));
    const [worst] = differences;
    if (worst === undefined || Math.abs(worst) <= NOISE_IMAGES) return [];
    return [`${label} by ${worst > 0 ? '+' : '−'}${formatNumber(Math.abs(worst), 'count')}`];
  });
  // The similarity does not count images.
  if (off.length === 0 || study.measure === 'similarity') return [];
  const meaning = {
    posthoc:
      'the sweep does not start from this baseline, and differences of this size are not due to compression',
    finetuned: 'differences of this size come from the further training alone',
    published:
      'a difference of this size in every result of this kind comes from the further training of the convolutions, not from compression',
  };
  const shown = off.length > 4 ? [...off.slice(0, 3), `${off.length - 3} more methods`] : off;
  return [
    `At CR\u00a01, where nothing is compressed, ${phase} results differ from the ` +
      `${reference!.kind} in the number of ${COUNTED[study.measure]}: ` +
      `${joinedByAnd(shown)}. So ${meaning[protocol as keyof typeof meaning]}.`,
  ];
}

const COUNTED = {
  accuracy: 'samples classified correctly',
  agreement: 'samples with the prediction of the original',
} as const;

/** The number of images classified correctly, minus that of the network that the row started from. */
function imagesGained(row: Measurement, references: readonly Measurement[]): readonly number[] {
  const gain = accuracyAbove(row, references);
  return gain === null ? [] : [Math.round(gain * row.count)];
}

function luckWarnings(best: readonly BestRate[]): readonly string[] {
  const lucky = best.filter(({ againAt }) => againAt.length > 0);
  const sentences = lucky.map(
    ({ label, phase, failedAt, againAt }) =>
      `${label} (${phase}) is below the tolerance at CR\u00a0${formatNumber(failedAt, 'rate')} and within it again at CR\u00a0${shortened(againAt)}. That may be luck, so rates beyond the first failure do not count.`,
  );
  if (sentences.length <= 4) return sentences;
  return [
    ...sentences.slice(0, 3),
    `${sentences.length - 3} more are within the tolerance again beyond their first failure. These rates do not count either.`,
  ];
}

function shortened(rates: readonly number[]): string {
  const shown = rates.slice(0, 4).map((rate) => formatNumber(rate, 'rate'));
  const rest = rates.length - shown.length;
  return joinedByAnd(rest === 0 ? shown : [...shown, `${rest} more`]);
}
