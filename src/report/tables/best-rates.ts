/**
 * The paper's table: each model at its best compression rate, the last before its accuracy falls for the
 * first time below the tolerance.
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
    title: `Largest compression within ${within} points of the uncompressed network: ${study.model} on ${study.dataset}`,
    columns: [
      text('model', 'Model'),
      text('protocol', 'Protocol'),
      number('accuracy', 'Accuracy', 'percent'),
      text('compared_with', 'Compared with'),
      number('margin', 'Difference', 'points'),
      number('parameters', 'Parameters', 'count'),
      number('best_rate', 'Best CR', 'ratio'),
      number('nominal_rate', 'Nominal', 'rate'),
      number('total_compression', 'Network CR', 'ratio'),
    ],
    rows: [
      ...uncompressed.flatMap(({ name, phase, aggregate }): readonly (readonly Cell[])[] =>
        aggregate === null
          ? []
          : [
              [
                name,
                phase,
                aggregate.accuracy.median,
                '',
                null,
                aggregate.parameters.total,
                1,
                1,
                1,
              ],
            ],
      ),
      ...best.map(({ label, phase, at, name, reference }): readonly Cell[] => [
        `${study.model} + ${label}`,
        phase,
        at?.accuracy.median ?? null,
        reference,
        at?.margin ?? null,
        at?.parameters.total ?? null,
        name?.real ?? null,
        name?.nominal ?? null,
        at?.compression.total ?? null,
      ]),
    ],
  };
}
