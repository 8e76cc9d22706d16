/** What a study found, in sentences made from its numbers. */

import { protocolsOf } from './aggregate.ts';
import { type Comparison, NOISE_IMAGES } from './comparison.ts';
import { capitalised, formatNumber, listed } from './format.ts';
import type { Protocol } from './results.ts';
import { PROTOCOL_NAMES } from './study.ts';
import type { BestRate, Summary } from './summary.ts';

export function sentencesOf(summary: Summary): readonly string[] {
  const protocols = protocolsOf(summary.aggregates);
  return [
    ...baselineSentence(summary),
    ...compressedSentence(summary),
    ...protocols.flatMap((protocol) => bestSentence(summary, protocol)),
    ...controlSentence(summary),
    ...protocols.flatMap((protocol) => comparisonSentence(summary, protocol)),
  ];
}

function baselineSentence({ study, baseline }: Summary): readonly string[] {
  if (baseline === null) return [];
  const { accuracy, parameters } = baseline;
  const images = formatNumber(study.rows[0]!.count, 'count');
  const seeds = accuracy.count === 1 ? '' : ` (median of ${accuracy.count} seeds)`;
  return [
    `Uncompressed, ${study.model} has ${formatNumber(parameters.total, 'count')} parameters, ` +
      `${formatNumber(parameters.classifier, 'count')} of them in the classifier, and classifies ` +
      `${formatNumber(accuracy.median, 'percent')} of the ${images} test images correctly${seeds}.`,
  ];
}

function compressedSentence({ study, aggregates }: Summary): readonly string[] {
  const compressed = aggregates.filter(({ rate }) => rate !== null);
  if (compressed.length === 0) return ['Nothing was compressed.'];
  const layers = new Map(
    study.rows
      .flatMap((row) => row.layers)
      .filter(({ rank }) => rank !== null)
      .map(({ name, rows, cols }) => [name, `${name} (${rows} × ${cols})`]),
  );
  const what = layers.size === 0 ? 'Its layers' : listed([...layers.values()]);
  const methods = listed([...new Set(compressed.map(({ label }) => label))]);
  const rates = [...new Set(compressed.map(({ rate }) => rate!))].sort((a, b) => a - b);
  const [lowest, highest] = [rates[0]!, rates.at(-1)!].map((rate) => formatNumber(rate, 'rate'));
  const range =
    rates.length === 1
      ? `CR\u00a0${lowest}`
      : `${rates.length} rates from CR\u00a0${lowest} to ${highest}`;
  return [`${what} ${layers.size === 1 ? 'was' : 'were'} compressed by ${methods}, at ${range}.`];
}

function bestSentence({ best, tolerance }: Summary, protocol: Protocol): readonly string[] {
  const reached = best.filter((entry) => entry.protocol === protocol);
  if (reached.length === 0) return [];
  const within = `${formatNumber(100 * tolerance, 'rate')} percentage points`;
  const ordered = [...reached].sort((a, b) => (b.at?.rate ?? 0) - (a.at?.rate ?? 0));
  // CR 1 compresses nothing.
  const isCompressed = ({ at }: BestRate): boolean => at !== null && at.rate! > 1;
  const parts = ordered.filter(isCompressed).map(bestPhrase);
  const none = ordered.filter((entry) => !isCompressed(entry)).map(({ label }) => label);
  const name = capitalised(PROTOCOL_NAMES[protocol]);
  if (parts.length === 0) {
    return [`${name}, no method stays within ${within} of the baseline at any rate tried.`];
  }
  const rest = none.length === 0 ? '' : `; ${listed(none)} at none of the rates tried`;
  return [
    `${name}, the accuracy stays within ${within} of the baseline up to ${listed(parts)}${rest}.`,
  ];
}

function bestPhrase({ label, at }: BestRate, place: number): string {
  const { rate, accuracy, compression } = at!;
  return (
    `CR\u00a0${formatNumber(rate, 'rate')} with ${label} (${formatNumber(accuracy.median, 'percent')}, ` +
    `${formatNumber(compression.total, 'ratio')} times fewer${place === 0 ? ' parameters' : ''})`
  );
}

function controlSentence({ control, baseline }: Summary): readonly string[] {
  if (control === null || baseline === null) return [];
  const gain = control.accuracy.median - baseline.accuracy.median;
  return [
    `As a control, the uncompressed network trained further by the same budget reaches ` +
      `${formatNumber(control.accuracy.median, 'percent')} (${formatNumber(gain, 'points')} points): ` +
      `so much of what fine-tuning gains has nothing to do with compression.`,
  ];
}

/** The best CUR method against SVD in full; the others by their median. */
function comparisonSentence(
  { comparisons, study }: Summary,
  protocol: Protocol,
): readonly string[] {
  const [best, ...others] = comparisons
    .filter((comparison) => comparison.protocol === protocol && comparison.difference !== null)
    .sort((a, b) => b.difference! - a.difference!);
  if (best === undefined) return [];
  const noise = NOISE_IMAGES / study.rows[0]!.count;
  const medians = others.map(
    ({ label, difference }) => `${formatNumber(difference, 'points')} for ${label}`,
  );
  return [
    `At equal numbers of parameters (${PROTOCOL_NAMES[protocol]}), ` +
      verdict(best, others.length > 0, noise) +
      record(best, noise) +
      (medians.length === 0 ? '.' : `; the medians of the others are ${listed(medians)}.`),
  ];
}

function verdict({ label, difference }: Comparison, isOneOfMany: boolean, noise: number): string {
  const points = `${formatNumber(difference, 'points')} points`;
  if (difference! > noise) return `${label} beats SVD: ${points}`;
  if (difference! >= -noise) return `${label} is level with SVD: ${points}`;
  return isOneOfMany
    ? `no CUR beats SVD, and ${label} comes nearest: ${points}`
    : `${label} does not beat SVD: ${points}`;
}

function record({ points }: Comparison, noise: number): string {
  if (points.length === 1) return ' at the one rate that could be compared';
  const differences = points.map(({ difference }) => difference).sort((a, b) => a - b);
  const ahead = differences.filter((difference) => difference > noise).length;
  const behind = differences.filter((difference) => difference < -noise).length;
  const [low, high] = [differences[0]!, differences.at(-1)!];
  return (
    ` in the median of ${points.length} rates, from ${formatNumber(low, 'points')} to ` +
    `${formatNumber(high, 'points')}, ahead at ${ahead} and behind at ${behind} by more than ` +
    `${NOISE_IMAGES} images`
  );
}
