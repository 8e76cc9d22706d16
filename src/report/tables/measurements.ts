/** Every measurement of a study, one row each: the data from which everything else is made. */

import { capitalised } from '../format.ts';
import { outputError } from '../measure.ts';
import type { Measurement } from '../measurement.ts';
import { hasParts, type Study, samplesWord } from '../study.ts';
import { CONFIGURATION, number, type Table, tableOf, text, when } from './table.ts';

export function measurementsTable(study: Study): Table {
  const { dataset, model, measure, rows, sources } = study;
  const parts = hasParts(study);
  const samples = samplesWord(study);
  const labelled = measure === 'accuracy';
  const has = (of: (row: Measurement) => number | null) => rows.some((row) => of(row) !== null);
  return tableOf('results', `All measurements: ${model} on ${dataset}`, rows, [
    ...CONFIGURATION,
    number('training_seed', 'Training', 'rate', ({ trainingSeed }) => trainingSeed),
    number('seed', 'Seed', 'rate', ({ seed }) => seed),
    ...when(
      labelled,
      number('accuracy', 'Accuracy', 'percent', (row: Measurement) => row.accuracy),
    ),
    ...when(has(top5), number('top5', 'Top-5 accuracy', 'percent', top5)),
    ...when(
      labelled,
      number('loss', 'Loss', 'error', (row: Measurement) => row.loss),
    ),
    number('agreement', 'Agreement', 'percent', ({ agreement }) => agreement),
    ...when(has(outputError), number('output_error', 'Output error', 'error', outputError)),
    number(samples, capitalised(samples), 'count', countOf),
    ...when(parts, number('features', 'Features', 'count', features)),
    ...when(parts, number('classifier', 'Classifier', 'count', classifier)),
    number('total', 'Parameters', 'count', ({ parameters }) => parameters.total),
    ...when(parts, number('classifier_compression', 'Classifier CR', 'ratio', classifierRate)),
    number('total_compression', 'Network CR', 'ratio', ({ compression }) => compression.total),
    ...when(has(macs), number('macs', 'MACs', 'count', macs)),
    number('bytes', 'Bytes', 'count', ({ bytes }) => bytes),
    text('scores', 'Scores (sha256)', (row) => sourceText(sources.get(row) ?? '')),
  ]);
}

/** The beginning of a digest, for `pipeline show`. */
export function sourceText(digest: string): string {
  return digest.slice(0, 12);
}

const features = ({ parameters }: Measurement): number => parameters.features;
const classifier = ({ parameters }: Measurement): number => parameters.classifier;
const classifierRate = ({ compression }: Measurement): number | null => compression.classifier;
const macs = (row: Measurement): number | null => row.macs?.total ?? null;
const countOf = (row: Measurement): number => row.count;
const top5 = (row: Measurement): number | null => row.top5;
