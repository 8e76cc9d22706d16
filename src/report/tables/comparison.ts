/** Each CUR configuration against SVD with as many parameters. */

import { PROTOCOL_NAMES } from '../study.ts';
import type { Summary } from '../summary.ts';
import { number, type Table, text } from './table.ts';

export function comparisonTable({ study, comparisons }: Summary): Table {
  return {
    name: 'comparison',
    title: `CUR against SVD at equal numbers of parameters: ${study.model} on ${study.dataset}`,
    columns: [
      text('method', 'Method'),
      text('protocol', 'Protocol'),
      number('rate', 'CR', 'rate'),
      number('parameters', 'Parameters compared', 'count'),
      number('cur_accuracy', 'CUR', 'percent'),
      number('svd_accuracy', 'SVD', 'percent'),
      number('difference', 'CUR − SVD', 'points'),
      text('svd_from', 'SVD read'),
    ],
    rows: comparisons.flatMap(({ label, protocol, points }) =>
      points.map((point) => [
        label,
        PROTOCOL_NAMES[protocol],
        point.rate,
        point.parameters,
        point.cur,
        point.svd,
        point.difference,
        point.interpolated ? 'between two rates' : 'at a rate',
      ]),
    ),
  };
}
