/** Each configuration compared with SVD with as many parameters. */

import type { Summary } from '../summary.ts';
import { CONFIGURATION, number, type Table, tableOf, text } from './table.ts';

export function comparisonTable({ study, hypotheses }: Summary): Table {
  return tableOf(
    'comparison',
    `Rate by rate against SVD at equal numbers of parameters: ${study.model} on ${study.dataset}`,
    hypotheses.flatMap(({ label, phase, points }) =>
      points.map((point) => ({ label, phase, ...point })),
    ),
    [
      ...CONFIGURATION,
      number('networks', 'Networks', 'count', ({ networks }) => networks),
      number('parameters', 'Parameters compared', 'count', ({ parameters }) => parameters),
      number('accuracy', 'Mean accuracy', 'percent', ({ accuracy }) => accuracy),
      number('svd_accuracy', 'SVD', 'percent', ({ svd }) => svd),
      number('difference', 'Difference', 'points', ({ difference }) => difference),
      number('lower', '95% from', 'points', ({ estimate }) => estimate?.lower ?? null),
      number('upper', '95% to', 'points', ({ estimate }) => estimate?.upper ?? null),
      text('svd_from', 'SVD read', ({ interpolated }) =>
        interpolated ? 'between two rates' : 'at a rate',
      ),
    ],
  );
}
