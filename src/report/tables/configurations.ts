/** The configurations of a study, put together over their seeds. */

import type { Summary } from '../summary.ts';
import { number, type Table, text } from './table.ts';

export function configurationsTable({ study, aggregates }: Summary): Table {
  return {
    name: 'configurations',
    title: `Medians over seeds: ${study.model} on ${study.dataset}`,
    columns: [
      text('method', 'Method'),
      text('protocol', 'Protocol'),
      number('rate', 'CR', 'rate'),
      number('trainings', 'Trainings', 'count'),
      number('seeds', 'Results', 'count'),
      number('accuracy', 'Accuracy', 'percent'),
      number('difference', 'To baseline', 'points'),
      number('lower_quartile', 'Lower quartile', 'percent'),
      number('upper_quartile', 'Upper quartile', 'percent'),
      number('minimum', 'Worst', 'percent'),
      number('maximum', 'Best', 'percent'),
      number('parameters', 'Parameters', 'count'),
      number('classifier_compression', 'Classifier CR', 'ratio'),
      number('total_compression', 'Network CR', 'ratio'),
    ],
    rows: aggregates.map(
      ({ label, phase, rate, accuracy, gain, networks, parameters, compression }) => [
        label,
        phase,
        rate,
        networks,
        accuracy.count,
        accuracy.median,
        gain,
        accuracy.lowerQuartile,
        accuracy.upperQuartile,
        accuracy.min,
        accuracy.max,
        parameters.total,
        compression.classifier,
        compression.total,
      ],
    ),
  };
}
