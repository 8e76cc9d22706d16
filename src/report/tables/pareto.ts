/** The Pareto front of accuracy over parameters, one row per configuration. */

import type { Aggregate } from '../aggregate.ts';
import { paretoFront } from '../pareto.ts';
import type { Summary } from '../summary.ts';
import { CONFIGURATION, number, type Table, tableOf, when } from './table.ts';

export function paretoTable({ study, aggregates }: Summary): Table {
  const front = paretoFront(aggregates, 'parameters');
  return tableOf(
    'front',
    `Configurations that no other beats in accuracy and parameters: ${study.model} on ${study.dataset}`,
    // A single configuration is not a front.
    front.length > 1 ? front : [],
    [
      ...CONFIGURATION,
      number('parameters', 'Parameters', 'count', ({ parameters }) => parameters.total),
      ...when(
        front.some(({ macs }) => macs !== null),
        number('macs', 'MACs', 'count', ({ macs }: Aggregate) => macs),
      ),
      number('accuracy', 'Accuracy', 'percent', ({ accuracy }) => accuracy.median),
      number('total_compression', 'Network CR', 'ratio', ({ compression }) => compression.total),
    ],
  );
}
