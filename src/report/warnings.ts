/** What a reader must know before believing a study's numbers. */

import { type Aggregate, protocolsOf, sweepsOf } from './aggregate.ts';
import { NOISE_IMAGES } from './comparison.ts';
import { counted, formatNumber, listed } from './format.ts';
import type { EvaluationRow, Protocol } from './results.ts';
import { medianOf } from './spread.ts';
import { PROTOCOL_NAMES } from './study.ts';
import type { BestRate, Summary } from './summary.ts';

export function warningsOf(summary: Summary): readonly string[] {
  const { aggregates, baseline, best } = summary;
  return [
    ...(baseline === null
      ? ['There is no baseline: how much accuracy compression cost cannot be told.']
      : []),
    ...seedWarnings(aggregates),
    ...protocolsOf(aggregates).flatMap((protocol) => uncompressedWarning(protocol, summary)),
    ...best.flatMap(monotonyWarning),
  ];
}

/** Of CUR only: SVD gives the same factors every time. */
function seedWarnings(aggregates: readonly Aggregate[]): readonly string[] {
  const curs = aggregates.filter(({ family }) => family === 'cur');
  const single = curs.filter(({ accuracy }) => accuracy.count === 1);
  if (single.length === 0) return [];
  const which =
    single.length === curs.length
      ? 'all CUR results'
      : `${single.length} of ${counted(curs.length, 'CUR result')}`;
  return [
    `One seed only for ${which}: where CUR draws its columns at random, one draw can be several points off the median.`,
  ];
}

/**
 * At CR 1 nothing is lost, so a sweep that differs there from what it is compared with doesn't start
 * from it.
 */
function uncompressedWarning(
  protocol: Protocol,
  { aggregates, control, study }: Summary,
): readonly string[] {
  const off = sweepsOf(aggregates)
    .filter(([first]) => first.protocol === protocol)
    .flatMap(([{ method, label }]) => {
      const differences = study.rows
        .filter((row) => row.method === method && row.protocol === protocol && row.rate === 1)
        .flatMap((row) => imagesGained(row, study.rows))
        .sort((a, b) => Math.abs(b) - Math.abs(a));
      const [worst] = differences;
      if (worst === undefined || Math.abs(worst) <= NOISE_IMAGES) return [];
      return [`${label} by ${worst > 0 ? '+' : '−'}${formatNumber(Math.abs(worst), 'count')}`];
    });
  if (off.length === 0) return [];
  const isTuned = protocol === 'finetuned';
  const reference = isTuned && control !== null ? 'control' : 'baseline';
  const meaning = isTuned
    ? 'differences of this size come from the further training alone'
    : 'the sweep does not start from this baseline, and differences of this size are not due to compression';
  return [
    `At CR\u00a01, where nothing is compressed, ${PROTOCOL_NAMES[protocol]} results differ from the ` +
      `${reference} in the number of images classified correctly: ${listed(off)}. So ${meaning}.`,
  ];
}

/** Images classified correctly more than by the network that the row started as. */
function imagesGained(row: EvaluationRow, rows: readonly EvaluationRow[]): readonly number[] {
  const controls = rows.filter(({ protocol }) => protocol === 'control');
  const baselines = rows.filter(({ protocol }) => protocol === 'baseline');
  const references = row.protocol === 'finetuned' && controls.length > 0 ? controls : baselines;
  if (references.length === 0) return [];
  const ofSeed = references.find(({ seed }) => seed === row.seed);
  const reference = ofSeed?.accuracy ?? medianOf(references.map(({ accuracy }) => accuracy));
  return [Math.round((row.accuracy - reference) * row.count)];
}

function monotonyWarning({ label, protocol, at, failedBelow }: BestRate): readonly string[] {
  if (at === null || failedBelow.length === 0) return [];
  const shown = failedBelow.slice(0, 4).map((rate) => formatNumber(rate, 'rate'));
  const rest = failedBelow.length - shown.length;
  const rates = listed(rest === 0 ? shown : [...shown, `${rest} more`]);
  return [
    `${label} (${PROTOCOL_NAMES[protocol]}) is within the tolerance at CR\u00a0${formatNumber(at.rate, 'rate')} but not at CR\u00a0${rates}: its best rate may be luck.`,
  ];
}
