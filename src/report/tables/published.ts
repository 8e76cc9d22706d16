/** Our results beside the published ones, at the rates that both have. */

import { sweepsOf } from '../aggregate.ts';
import { publishedCurve } from '../published/curves.ts';
import type { Summary } from '../summary.ts';
import { type Cell, number, type Table, text } from './table.ts';

export function publishedTable({ study, aggregates }: Summary): Table {
  const rows = sweepsOf(aggregates).flatMap((sweep): readonly (readonly Cell[])[] => {
    const curve = publishedCurve(study.dataset, sweep[0].family);
    return sweep.flatMap(({ label, phase, rate, accuracy, parameters }) => {
      const other = curve?.points.find((point) => point.rate === rate);
      if (other === undefined) return [];
      return [
        [
          label,
          phase,
          rate,
          accuracy.median,
          other.accuracy,
          accuracy.median - other.accuracy,
          parameters.total,
          other.parameters,
          parameters.total / other.parameters,
        ],
      ];
    });
  });
  return {
    name: 'published',
    title: `Beside the published results of a full VGG-11: ${study.model} on ${study.dataset}`,
    columns: [
      text('method', 'Method'),
      text('protocol', 'Protocol'),
      number('rate', 'CR', 'rate'),
      number('accuracy', 'Accuracy', 'percent'),
      number('published_accuracy', 'Published', 'percent'),
      number('published_difference', 'Difference', 'points'),
      number('parameters', 'Parameters', 'count'),
      number('published_parameters', 'Published', 'count'),
      number('published_quotient', 'Quotient', 'ratio'),
    ],
    rows,
  };
}
