/** The Pareto front of accuracy over parameters, a row a configuration. */

import { frontOf } from '../front.ts';
import type { Summary } from '../summary.ts';
import { number, type Table, text } from './table.ts';

export function frontTable({ study, aggregates }: Summary): Table {
  const front = frontOf(aggregates, 'parameters');
  return {
    name: 'front',
    title: `Configurations that no other beats in accuracy and parameters: ${study.model} on ${study.dataset}`,
    columns: [
      text('method', 'Method'),
      text('protocol', 'Protocol'),
      number('rate', 'CR', 'rate'),
      number('parameters', 'Parameters', 'count'),
      number('macs', 'MACs', 'count'),
      number('accuracy', 'Accuracy', 'percent'),
      number('total_compression', 'Network CR', 'ratio'),
    ],
    // One configuration alone is no front.
    rows: (front.length > 1 ? front : []).map(
      ({ label, phase, rate, parameters, macs, accuracy, compression }) => [
        label,
        phase,
        rate,
        parameters.total,
        macs,
        accuracy.median,
        compression.total,
      ],
    ),
  };
}
