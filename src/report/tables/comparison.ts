/** Each configuration against SVD with as many parameters. */

import type { Summary } from '../summary.ts';
import { number, type Table, text } from './table.ts';

export function comparisonTable({ study, hypotheses }: Summary): Table {
  return {
    name: 'comparison',
    title: `Rate by rate against SVD at equal numbers of parameters: ${study.model} on ${study.dataset}`,
    columns: [
      text('method', 'Method'),
      text('protocol', 'Protocol'),
      number('rate', 'CR', 'rate'),
      number('networks', 'Networks', 'count'),
      number('parameters', 'Parameters compared', 'count'),
      number('accuracy', 'Mean accuracy', 'percent'),
      number('svd_accuracy', 'SVD', 'percent'),
      number('difference', 'Difference', 'points'),
      number('lower', '95% from', 'points'),
      number('upper', '95% to', 'points'),
      text('svd_from', 'SVD read'),
    ],
    rows: hypotheses.flatMap(({ label, phase, points }) =>
      points.map((point) => [
        label,
        phase,
        point.rate,
        point.networks,
        point.parameters,
        point.accuracy,
        point.svd,
        point.difference,
        point.estimate?.lower ?? null,
        point.estimate?.upper ?? null,
        point.interpolated ? 'between two rates' : 'at a rate',
      ]),
    ),
  };
}
