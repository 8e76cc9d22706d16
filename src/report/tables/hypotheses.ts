/**
 * The tests of 'the method differs from SVD', one per method and phase. What was found stands first: the
 * right side of a wide table is often cut off.
 */

import type { Summary } from '../summary.ts';
import { number, type Table, text } from './table.ts';

export function hypothesesTable({ study, hypotheses }: Summary): Table {
  return {
    name: 'hypotheses',
    title: `Tests against SVD at equal numbers of parameters: ${study.model} on ${study.dataset}`,
    columns: [
      text('method', 'Method'),
      text('protocol', 'Protocol'),
      number('difference', 'Mean difference (points)', 'points'),
      number('interval_lower', 'From', 'points'),
      number('interval_upper', 'To', 'points'),
      number('level', 'Level', 'percent'),
      number('p', 'p', 'probability'),
      number('p_holm', 'p (Holm)', 'probability'),
      text('verdict', 'Verdict'),
      text('reference', 'Against'),
      number('rates', 'Rates', 'count'),
      number('least_rate', 'Least CR', 'rate'),
      number('greatest_rate', 'Greatest CR', 'rate'),
      number('repetitions', 'Repetitions', 'count'),
    ],
    rows: hypotheses.map(
      ({ label, phase, reference, points, difference, estimate, test, verdict }) => {
        const rates = points.map(({ rate }) => rate).filter((rate) => rate > 1);
        return [
          label,
          phase,
          difference,
          test?.lower ?? null,
          test?.upper ?? null,
          test?.level ?? null,
          test?.p ?? null,
          test?.adjusted ?? null,
          verdict,
          reference,
          rates.length,
          rates[0] ?? null,
          rates.at(-1) ?? null,
          estimate?.repetitions ?? null,
        ];
      },
    ),
  };
}
