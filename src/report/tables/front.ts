/** The Pareto front of accuracy over parameters, a row a configuration. */

import { frontOf } from '../front.ts';
import type { Summary } from '../summary.ts';
import { CONFIGURATION, number, type Table, tableOf } from './table.ts';

export function frontTable({ study, aggregates }: Summary): Table {
  const front = frontOf(aggregates, 'parameters');
  return tableOf(
    'front',
    `Configurations that no other beats in accuracy and parameters: ${study.model} on ${study.dataset}`,
    // A single configuration is not a front.
    front.length > 1 ? front : [],
    [
      ...CONFIGURATION,
      number('parameters', 'Parameters', 'count', ({ parameters }) => parameters.total),
      number('macs', 'MACs', 'count', ({ macs }) => macs),
      number('accuracy', 'Accuracy', 'percent', ({ accuracy }) => accuracy.median),
      number('total_compression', 'Network CR', 'ratio', ({ compression }) => compression.total),
    ],
  );
}
