/** The configurations of a study, put together over their seeds. */

import { PROTOCOL_NAMES } from '../study.ts';
import type { Summary } from '../summary.ts';
import { number, type Table, text } from './table.ts';

export function configurationsTable({ study, aggregates, baseline }: Summary): Table {
  return {
    name: 'configurations',
    title: `Medians over seeds: ${study.model} on ${study.dataset}`,
    columns: [
      text('method', 'Method'),
      text('protocol', 'Protocol'),
      number('rate', 'CR', 'rate'),
      number('seeds', 'Seeds', 'count'),
      number('accuracy', 'Accuracy', 'percent'),
      number('difference', 'To baseline', 'points'),
      number('lower_quartile', 'Lower quartile', 'percent'),
      number('upper_quartile', 'Upper quartile', 'percent'),
      number('minimum', 'Worst', 'percent'),
      number('maximum', 'Best', 'percent'),
      number('parameters', 'Parameters', 'count'),
      number('classifier_compression', 'Classifier CR', 'ratio'),
      number('total_compression', 'True CR', 'ratio'),
    ],
    rows: aggregates.map(({ label, protocol, rate, accuracy, parameters, compression }) => [
      label,
      PROTOCOL_NAMES[protocol],
      rate,
      accuracy.count,
      accuracy.median,
      baseline === null ? null : accuracy.median - baseline.accuracy.median,
      accuracy.lowerQuartile,
      accuracy.upperQuartile,
      accuracy.min,
      accuracy.max,
      parameters.total,
      compression.classifier,
      compression.total,
    ]),
  };
}
