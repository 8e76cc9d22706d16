/**
 * The paper's table: each model at its best compression rate, the largest at which it is as accurate as
 * the baseline within the tolerance.
 */

import { formatNumber } from '../format.ts';
import { PROTOCOL_NAMES } from '../study.ts';
import type { Summary } from '../summary.ts';
import { type Cell, number, type Table, text } from './table.ts';

export function bestRatesTable({ study, baseline, control, best, tolerance }: Summary): Table {
  const within = formatNumber(100 * tolerance, 'rate');
  const uncompressed = [
    { name: study.model, protocol: '', aggregate: baseline },
    { name: study.model, protocol: 'trained further', aggregate: control },
  ];
  return {
    name: 'best',
    title: `Largest compression within ${within} points of the baseline: ${study.model} on ${study.dataset}`,
    columns: [
      text('model', 'Model'),
      text('protocol', 'Protocol'),
      number('accuracy', 'Accuracy', 'percent'),
      number('parameters', 'Parameters', 'count'),
      number('best_rate', 'Best CR', 'rate'),
      number('total_compression', 'True CR', 'ratio'),
    ],
    rows: [
      ...uncompressed.flatMap(({ name, protocol, aggregate }): readonly (readonly Cell[])[] =>
        aggregate === null
          ? []
          : [[name, protocol, aggregate.accuracy.median, aggregate.parameters.total, 1, 1]],
      ),
      ...best.map(({ label, protocol, at }): readonly Cell[] => [
        `${study.model} + ${label}`,
        PROTOCOL_NAMES[protocol],
        at?.accuracy.median ?? null,
        at?.parameters.total ?? null,
        at?.rate ?? null,
        at?.compression.total ?? null,
      ]),
    ],
  };
}
