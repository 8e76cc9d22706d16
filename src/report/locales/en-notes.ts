/** The notes under the titles of tables, in English. */

import { someOfNetworks } from '../best-rate.ts';
import { counted, formatLevel, formatNumber, joinedByAnd } from '../format.ts';
import { ALPHA, countTests, type Hypothesis } from '../hypotheses.ts';
import { samplesWord } from '../study.ts';
import type { Summary } from '../summary.ts';

export function englishNote(name: string, summary: Summary): string {
  switch (name) {
    case 'best':
      return bestNote(summary);
    case 'hypotheses':
      return testsNote(summary.hypotheses, summary, 'SVD');
    case 'bytes':
      return testsNote(summary.inBytes, summary, 'int8 alone, which factors nothing,');
    case 'comparison':
      return (
        'Differences are in percentage points. Each interval is a 95% interval for its rate alone. It is not ' +
        'corrected for the number of rates, so it gives no verdict.'
      );
    case 'slower':
    case 'latency':
      return SPEED_NOTE;
    case 'layers':
      return layersNote(summary);
    default:
      return '';
  }
}

const SPEED_NOTE =
  'Times are medians for a batch. Each configuration ran in turn with its original. It is slower or faster if the range between its quartiles does not overlap with that of the original.';

function bestNote({ best, controls, study, tolerance }: Summary): string {
  const points = `${formatNumber(100 * tolerance, 'rate')} percentage points`;
  const control =
    controls.length === 0
      ? ''
      : ' Fine-tuned rows are compared with the control, which is the uncompressed network trained further in the same way; other rows with the baseline.';
  const alone = [
    ...new Set(
      best
        .filter((one) => one.reference === 'baseline' && one.phase.startsWith('fine-tuned'))
        .map(({ phase }) => phase),
    ),
  ];
  const without =
    alone.length === 0
      ? ''
      : ` These rows have no uncompressed network that was trained in the same way, so they are compared with the baseline: ${joinedByAnd(alone)}.`;
  const unknown = someOfNetworks(best)
    ? 'If the rate of the layers is unknown, Best CR is that of the whole network. '
    : '';
  const images = formatNumber(study.rows[0]!.count, 'count');
  const samples = samplesWord(study);
  return (
    `Best CR is the last rate, from small to large, before the median ${study.measure} first falls more than ${points} below that of the uncompressed network.${control}${without} ` +
    `Best CR is the true rate of the compressed layers together, Nominal is the requested rate. ${unknown}` +
    `The rate is chosen on the same ${images} test ${samples}, so it is slightly optimistic: other ${samples} can give a smaller rate.`
  );
}

function testsNote(
  hypotheses: readonly Hypothesis[],
  { study }: Summary,
  reference: string,
): string {
  const tests = countTests(hypotheses);
  if (tests === 0) return '';
  const percent = formatLevel(ALPHA);
  const what = `The mean difference is the ${study.measure} of the method minus that of ${reference} in percentage points, averaged over the rates above 1 that could be compared. `;
  if (tests === 1) {
    return `${what}The p value is two-sided, from a single test. There is a verdict if it is at most ${percent}. The interval has the level of the test (95%), so it excludes 0 exactly if there is a verdict.`;
  }
  return (
    `${what}The p values are two-sided; p (Holm) is corrected for the ${counted(tests, 'test')} of this table. ` +
    `There is a verdict if p (Holm) is at most ${percent}. Each interval (From, To) has the level at which the correction tests its difference, so it excludes 0 exactly if there is a verdict.`
  );
}

function layersNote({ study }: Summary): string {
  const approximate = new Set(
    study.rows.flatMap(({ layers }) =>
      layers.filter((layer) => layer.approximate).map((layer) => layer.name),
    ),
  );
  if (approximate.size === 0) return '';
  return (
    `The least possible error of ${joinedByAnd([...approximate])} is approximate: it is computed from singular values found by an iteration, and can be up to 1% too large. ` +
    'The error of an SVD is the same number for these layers by construction.'
  );
}
