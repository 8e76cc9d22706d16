/** Every measurement of a study, one row each: the data from which everything else is made. */

import type { Study } from '../study.ts';
import { CONFIGURATION, number, type Table, tableOf, text } from './table.ts';

export function measurementsTable({ dataset, model, rows, sources }: Study): Table {
  return tableOf('results', `All measurements: ${model} on ${dataset}`, rows, [
    ...CONFIGURATION,
    number('training_seed', 'Training', 'rate', ({ trainingSeed }) => trainingSeed),
    number('seed', 'Seed', 'rate', ({ seed }) => seed),
    number('accuracy', 'Accuracy', 'percent', ({ accuracy }) => accuracy),
    number('loss', 'Loss', 'error', ({ loss }) => loss),
    number('agreement', 'Agreement', 'percent', ({ agreement }) => agreement),
    number('images', 'Images', 'count', ({ count }) => count),
    number('features', 'Features', 'count', ({ parameters }) => parameters.features),
    number('classifier', 'Classifier', 'count', ({ parameters }) => parameters.classifier),
    number('total', 'Parameters', 'count', ({ parameters }) => parameters.total),
    number('classifier_compression', 'Classifier CR', 'ratio', (row) => row.compression.classifier),
    number('total_compression', 'Network CR', 'ratio', ({ compression }) => compression.total),
    number('macs', 'MACs', 'count', ({ macs }) => macs?.total ?? null),
    number('bytes', 'Bytes', 'count', ({ bytes }) => bytes),
    text('scores', 'Scores (sha256)', (row) => sources.get(row)?.slice(0, 12) ?? ''),
  ]);
}
