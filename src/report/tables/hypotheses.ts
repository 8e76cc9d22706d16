/** The tests of 'the method beats SVD', one a method and phase. */

import type { Summary } from '../summary.ts';
import { number, type Table, text } from './table.ts';

export function hypothesesTable({ study, hypotheses }: Summary): Table {
  return {
    name: 'hypotheses',
    title: `Tests against SVD at equal numbers of parameters: ${study.model} on ${study.dataset}`,
    columns: [
      text('method', 'Method'),
      text('protocol', 'Protocol'),
      text('reference', 'Against'),
      number('rates', 'Rates', 'count'),
      number('repetitions', 'Repetitions', 'count'),
      number('difference', 'Mean difference', 'points'),
      number('lower', 'From', 'points'),
      number('upper', 'To', 'points'),
      number('p', 'p', 'probability'),
      number('p_holm', 'p (Holm)', 'probability'),
      text('verdict', 'Verdict'),
    ],
    rows: hypotheses.map(
      ({ label, phase, reference, points, difference, estimate, adjusted, verdict }) => [
        label,
        phase,
        reference,
        points.filter(({ rate }) => rate > 1).length,
        estimate?.repetitions ?? null,
        difference,
        estimate?.lower ?? null,
        estimate?.upper ?? null,
        estimate?.pAbove ?? null,
        adjusted,
        verdict,
      ],
    ),
  };
}
