/**
 * The savings of compression, next to the nominal rate: compression rates of the compressed layers, the classifier
 * and the whole network, operations, bytes, and the share of images with the same prediction as the baseline.
 */

import type { Aggregate } from '../aggregate.ts';
import { hasParts } from '../study.ts';
import type { Summary } from '../summary.ts';
import { CONFIGURATION, number, type Table, tableOf, when } from './table.ts';

export function measuresTable({ study, aggregates, baseline }: Summary): Table {
  const fewer = (before: number | null | undefined, after: number | null): number | null =>
    before && after ? before / after : null;
  const has = (of: (one: Aggregate) => number | null) => aggregates.some((one) => of(one) !== null);
  return tableOf(
    'measures',
    `Sizes and costs, medians over seeds: ${study.model} on ${study.dataset}`,
    aggregates,
    [
      ...CONFIGURATION,
      number('layer_compression', 'Layer CR', 'ratio', ({ compression }) => compression.layers),
      ...when(
        hasParts(study),
        number('classifier_compression', 'Classifier CR', 'ratio', classifierRate),
      ),
      number('total_compression', 'Network CR', 'ratio', ({ compression }) => compression.total),
      number('parameters', 'Parameters', 'count', ({ parameters }) => parameters.total),
      number('bytes', 'Bytes', 'count', ({ bytes }) => bytes),
      ...when(has(macsOf), number('macs', 'MACs', 'count', macsOf)),
      ...when(
        has(macsOf),
        number('macs_ratio', 'MACs CR', 'ratio', (one: Aggregate) =>
          fewer(baseline?.macs, one.macs),
        ),
      ),
      number('agreement', 'Agreement', 'percent', ({ agreement }) => agreement),
      ...when(has(top5), number('top5', 'Top-5 accuracy', 'percent', top5)),
      ...when(has(outputError), number('output_error', 'Output error', 'error', outputError)),
    ],
  );
}

const classifierRate = (one: Aggregate): number | null => one.compression.classifier;
const macsOf = (one: Aggregate): number | null => one.macs;
const top5 = (one: Aggregate): number | null => one.top5;
const outputError = (one: Aggregate): number | null => one.outputError;
