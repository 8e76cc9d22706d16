/**
 * The paper's table: each model at its best compression rate, the largest at which it is as accurate as
 * the baseline within the tolerance.
 */

import { formatNumber } from '../format.ts';
import type { Summary } from '../summary.ts';
import { type Cell, number, type Table, text } from './table.ts';

export function bestRatesTable({ study, baseline, controls, best, tolerance }: Summary): Table {
  const within = formatNumber(100 * tolerance, 'rate');
  const uncompressed = [
    { name: study.model, phase: '', aggregate: baseline },
    ...controls.map((aggregate) => ({
      name: study.model,
      phase: aggregate.phase.replace('control', 'trained further'),
      aggregate,
    })),
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
      ...uncompressed.flatMap(({ name, phase, aggregate }): readonly (readonly Cell[])[] =>
        aggregate === null
          ? []
          : [[name, phase, aggregate.accuracy.median, aggregate.parameters.total, 1, 1]],
      ),
      ...best.map(({ label, phase, at }): readonly Cell[] => [
        `${study.model} + ${label}`,
        phase,
        at?.accuracy.median ?? null,
        at?.parameters.total ?? null,
        at?.rate ?? null,
        at?.compression.total ?? null,
      ]),
    ],
  };
}
