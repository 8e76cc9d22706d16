/** Every measurement of a study, a row each: the data that all else is made from. */

import type { Study } from '../study.ts';
import { number, type Table, text } from './table.ts';

export function measurementsTable({ dataset, model, rows, sources }: Study): Table {
  return {
    name: 'results',
    title: `All measurements: ${model} on ${dataset}`,
    columns: [
      text('method', 'Method'),
      text('protocol', 'Protocol'),
      number('rate', 'CR', 'rate'),
      number('training_seed', 'Training', 'rate'),
      number('seed', 'Seed', 'rate'),
      number('accuracy', 'Accuracy', 'percent'),
      number('loss', 'Loss', 'error'),
      number('agreement', 'Agreement', 'percent'),
      number('images', 'Images', 'count'),
      number('features', 'Features', 'count'),
      number('classifier', 'Classifier', 'count'),
      number('total', 'Parameters', 'count'),
      number('classifier_compression', 'Classifier CR', 'ratio'),
      number('total_compression', 'Network CR', 'ratio'),
      number('macs', 'MACs', 'count'),
      number('bytes', 'Bytes', 'count'),
      text('scores', 'Scores (sha256)'),
    ],
    rows: rows.map((row) => [
      row.label,
      row.phase,
      row.rate,
      row.trainingSeed,
      row.seed,
      row.accuracy,
      row.loss,
      row.agreement,
      row.count,
      row.parameters.features,
      row.parameters.classifier,
      row.parameters.total,
      row.compression.classifier,
      row.compression.total,
      row.macs?.total ?? null,
      row.bytes,
      sources.get(row)?.slice(0, 12) ?? '',
    ]),
  };
}
