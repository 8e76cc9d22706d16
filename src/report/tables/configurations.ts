/** The configurations of a study, aggregated over their seeds. */

import type { Aggregate } from '../aggregate.ts';
import { hasParts } from '../study.ts';
import type { Summary } from '../summary.ts';
import { CONFIGURATION, number, type Table, tableOf, when } from './table.ts';

export function configurationsTable({ study, aggregates }: Summary): Table {
  return tableOf(
    'configurations',
    `Medians over seeds: ${study.model} on ${study.dataset}`,
    aggregates,
    [
      ...CONFIGURATION,
      number('trainings', 'Trainings', 'count', ({ networks }) => networks),
      number('seeds', 'Results', 'count', ({ accuracy }) => accuracy.count),
      number('accuracy', 'Accuracy', 'percent', ({ accuracy }) => accuracy.median),
      number('difference', 'To baseline', 'points', ({ gain }) => gain),
      number('lower_quartile', 'Lower quartile', 'percent', (one) => one.accuracy.lowerQuartile),
      number('upper_quartile', 'Upper quartile', 'percent', (one) => one.accuracy.upperQuartile),
      number('minimum', 'Worst', 'percent', ({ accuracy }) => accuracy.min),
      number('maximum', 'Best', 'percent', ({ accuracy }) => accuracy.max),
      number('parameters', 'Parameters', 'count', ({ parameters }) => parameters.total),
      ...when(
        hasParts(study),
        number('classifier_compression', 'Classifier CR', 'ratio', classifierRate),
      ),
      number('total_compression', 'Network CR', 'ratio', ({ compression }) => compression.total),
    ],
  );
}

const classifierRate = (one: Aggregate): number | null => one.compression.classifier;
