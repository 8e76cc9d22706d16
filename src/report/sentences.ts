/** The findings of a study in sentences, made from its numbers. */

import type { Protocol } from '../nn/evaluation-row.ts';
import { type Aggregate, phasesOf } from './aggregate.ts';
import { answersOf } from './answers.ts';
import type { BestRate, RateName } from './best-rate.ts';
import { capitalised, counted, formatNumber, joinedByAnd } from './format.ts';
import { speedSentences } from './speed-sentences.ts';
import { medianOf } from './spread.ts';
import { samplesWord } from './study.ts';
import type { Summary } from './summary.ts';

export function sentencesOf(summary: Summary): readonly string[] {
  const phases = phasesOf(summary.aggregates);
  return [
    ...baselineSentence(summary),
    ...compressedSentence(summary),
    ...phases.flatMap((phase) => bestSentence(summary, phase)),
    ...controlSentences(summary),
    ...publishedSentence(summary),
    ...phases.flatMap((phase) => answersOf(summary, phase)),
    ...speedSentences(summary),
  ];
}

/** Longer lists are replaced by their number. */
const MANY = 5;

function baselineSentence({ study, baseline }: Summary): readonly string[] {
  if (baseline === null) return [];
  const { accuracy, parameters, networks } = baseline;
  const images = formatNumber(study.rows[0]!.count, 'count');
  const size =
    `Uncompressed, ${study.model} has ${formatNumber(parameters.total, 'count')} parameters` +
    // The parts of a foreign model are not counted separately.
    (parameters.features === 0
      ? ''
      : `, ${formatNumber(parameters.classifier, 'count')} of them in the classifier`);
  if (study.measure !== 'accuracy') return [`${size}.`, MEANINGS[study.measure](images)];
  const seeds = networks === 1 ? '' : ` (median of ${networks} trainings)`;
  return [
    `${size}, and classifies ${formatNumber(accuracy.median, 'percent')} of the ${images} test ${samplesWord(study)} correctly${seeds}.`,
  ];
}

/** What is compared without labels. */
const MEANINGS = {
  agreement: (count: string) =>
    `The data has no labels. Compressed networks are compared by their agreement with the original: the share of the ${count} test samples for which they predict the same class.`,
  similarity: (count: string) =>
    `The model predicts no classes. Compressed networks are compared by the similarity of their outputs on the ${count} test samples: 1 minus the largest relative error of an output.`,
} as const;

function compressedSentence({ study, aggregates }: Summary): readonly string[] {
  const compressed = aggregates.filter(({ rate }) => rate !== null);
  if (compressed.length === 0) return ['Nothing was compressed.'];
  const layers = new Map(
    study.rows
      .flatMap((row) => row.layers)
      .filter(({ rank, relativeError }) => rank !== null || relativeError !== null)
      .map(({ name, rows, cols }) => [name, `${name} (${rows} × ${cols})`]),
  );
  const names = [...layers.values()];
  const few = names.length === 0 ? 'Its layers' : joinedByAnd(names);
  const what = names.length > MANY ? `${names.length} layers` : few;
  const rates = [...new Set(compressed.map(({ rate }) => rate!))].sort((a, b) => a - b);
  const [lowest, highest] = [rates[0]!, rates.at(-1)!].map((rate) => formatNumber(rate, 'rate'));
  const range =
    rates.length === 1
      ? `CR\u00a0${lowest}`
      : `${rates.length} rates from CR\u00a0${lowest} to ${highest}`;
  const details = study.details.length === 0 ? '' : ` (${study.details.join(', ')})`;
  return [
    `${what} ${names.length === 1 ? 'was' : 'were'} compressed by ${methodsOf(compressed)}${details}, at ${range}.`,
  ];
}

function methodsOf(compressed: Summary['aggregates']): string {
  const families = (['svd', 'cur', 'int8'] as const).map((family) => [
    ...new Set(compressed.filter((one) => one.family === family).map(({ label }) => label)),
  ]);
  if (families.flat().length <= MANY) return joinedByAnd(families.flat());
  return joinedByAnd(
    families.flatMap((labels, i) => {
      if (labels.length === 0) return [];
      return labels.length === 1 ? labels : [counted(labels.length, ['SVD', 'CUR', 'int8'][i]!)];
    }),
  );
}

function bestSentence(
  { best, tolerance, study, baseline }: Summary,
  phase: string,
): readonly string[] {
  const ofPhase = best.filter((entry) => entry.phase === phase);
  if (ofPhase.length === 0) return [];
  const name = capitalised(phase);
  const reached = ofPhase.filter(({ isUncompressed }) => !isUncompressed);
  if (reached.length === 0) return [`${name}, only CR\u00a01 was tried, which compresses nothing.`];
  const within = `${formatNumber(100 * tolerance, 'rate')} percentage points of the ${reached[0]!.reference}`;
  const isCompressed = ({ name: rate }: BestRate): boolean => rate !== null && rate.nominal > 1;
  const good = reached.filter(isCompressed).sort((a, b) => rateShown(b.name!) - rateShown(a.name!));
  if (good.length === 0) {
    return [`${name}, no method stays within ${within}, not even at its smallest rate above 1.`];
  }
  const named = good.length > MANY ? good.slice(0, MANY - 2) : good;
  const savings = named.map(({ at }) => savingOf(at!, baseline));
  const parts = named.map((one, i) =>
    bestPhrase(one, savings[i]!, savings[i]!.of !== savings[i - 1]?.of),
  );
  const lesser = good.slice(named.length);
  if (lesser.length > 0) {
    const [most, least] = [lesser[0]!, lesser.at(-1)!].map((one) => shownRate(one.name!));
    const to = most === least ? '' : ` to ${least}`;
    parts.push(`CR\u00a0${most}${to} with ${lesser.length} others`);
  }
  const none = reached.filter((entry) => !isCompressed(entry)).map(({ label }) => label);
  const failed = none.length > MANY ? counted(none.length, 'method') : joinedByAnd(none);
  const rest =
    none.length === 0
      ? ''
      : `; ${failed} ${none.length === 1 ? 'falls' : 'fall'} below that at the smallest rate above 1`;
  return [
    `${name}, the ${study.measure} stays within ${within} up to ${joinedByAnd(parts)}${rest}.`,
  ];
}

function bestPhrase({ label, at, name }: BestRate, { times, of }: Saving, isNew: boolean): string {
  const { real, isMisleading } = name!;
  const rate = isMisleading
    ? `a true CR of ${shownRate(name!)} with ${label} (`
    : `CR\u00a0${shownRate(name!)} with ${label} (true CR ${formatNumber(real, 'ratio')}, `;
  return (
    `${rate}${formatNumber(at!.accuracy.median, 'percent')}, ` +
    `${formatNumber(times, 'ratio')} times fewer${isNew ? ` ${of}` : ''})`
  );
}

interface Saving {
  readonly times: number;
  readonly of: 'parameters' | 'bytes';
}

/** Bytes if they shrink by more than the parameters, as in 8 bits. */
function savingOf({ compression, bytes }: Aggregate, baseline: Aggregate | null): Saving {
  const inBytes = baseline?.bytes && bytes ? baseline.bytes / bytes : 0;
  return inBytes > 1.1 * compression.total
    ? { times: inBytes, of: 'bytes' }
    : { times: compression.total, of: 'parameters' };
}

/** The nominal rate, as in the figures, if it describes the result. */
function rateShown({ nominal, real, isMisleading }: RateName): number {
  return isMisleading ? real : nominal;
}

function shownRate(name: RateName): string {
  return formatNumber(rateShown(name), name.isMisleading ? 'ratio' : 'rate');
}

function controlSentences({ controls, baseline }: Summary): readonly string[] {
  if (baseline === null) return [];
  return controls.map(({ accuracy, gain, phase }) => {
    const what = phase.replace(/^control ?/, '').replace(/^\((.*)\)$/, ' ($1)');
    return (
      `As a control, the uncompressed network trained further${what} with the same budget reaches ` +
      `${formatNumber(accuracy.median, 'percent')} (${formatNumber(gain, 'points')} points). ` +
      `That part of the gain of fine-tuning is not due to compression.`
    );
  });
}

/** The convolutions of the published protocol were trained further, but its factors are those of the original. */
function publishedSentence({ aggregates }: Summary): readonly string[] {
  const gainOf = (protocol: Protocol): number | null => {
    const gains = aggregates.flatMap((one) =>
      one.protocol === protocol && one.rate === 1 && one.gain !== null ? [one.gain] : [],
    );
    return gains.length === 0 ? null : medianOf(gains);
  };
  const [published, posthoc] = [gainOf('published'), gainOf('posthoc')];
  if (published === null) return [];
  const besides =
    posthoc === null ? '' : `, and post-hoc ones by ${formatNumber(posthoc, 'points')}`;
  return [
    `At CR\u00a01, where nothing is compressed, results of the published protocol differ from the ` +
      `baseline by ${formatNumber(published, 'points')} points in the median${besides}.`,
  ];
}
