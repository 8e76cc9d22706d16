/** Our results next to the published ones, at the rates that both have. */

import { sweepsOf } from '../aggregate.ts';
import { publishedCurve } from '../published/curves.ts';
import type { Summary } from '../summary.ts';
import { CONFIGURATION, number, type Table, tableOf } from './table.ts';

export function publishedTable({ study, aggregates }: Summary): Table {
  const rows = sweepsOf(aggregates).flatMap((sweep) => {
    const curve = publishedCurve(study, sweep[0].family);
    return sweep.flatMap((ours) => {
      const other = curve?.points.find((point) => point.rate === ours.rate);
      return other === undefined ? [] : [{ ...ours, other }];
    });
  });
  return tableOf(
    'published',
    `Comparison with the published results of a full VGG-11: ${study.model} on ${study.dataset}`,
    rows,
    [
      ...CONFIGURATION,
      number('accuracy', 'Accuracy', 'percent', ({ accuracy }) => accuracy.median),
      number('published_accuracy', 'Published', 'percent', ({ other }) => other.accuracy),
      number(
        'published_difference',
        'Difference',
        'points',
        ({ accuracy, other }) => accuracy.median - other.accuracy,
      ),
      number('parameters', 'Parameters', 'count', ({ parameters }) => parameters.total),
      number('published_parameters', 'Published', 'count', ({ other }) => other.parameters),
      number(
        'published_quotient',
        'Quotient',
        'ratio',
        ({ parameters, other }) => parameters.total / other.parameters,
      ),
    ],
  );
}
