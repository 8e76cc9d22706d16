/**
 * The savings of compression, next to the nominal rate: compression rates of the compressed layers, the classifier
 * and the whole network, operations, bytes, and the share of images with the same prediction as the baseline.
 */

import type { Summary } from '../summary.ts';
import { CONFIGURATION, number, type Table, tableOf } from './table.ts';

export function measuresTable({ study, aggregates, baseline }: Summary): Table {
  const fewer = (before: number | null | undefined, after: number | null): number | null =>
    before && after ? before / after : null;
  return tableOf(
    'measures',
    `Sizes and costs, medians over seeds: ${study.model} on ${study.dataset}`,
    aggregates,
    [
      ...CONFIGURATION,
      number('layer_compression', 'Layer CR', 'ratio', ({ compression }) => compression.layers),
      number(
        'classifier_compression',
        'Classifier CR',
        'ratio',
        (one) => one.compression.classifier,
      ),
      number('total_compression', 'Network CR', 'ratio', ({ compression }) => compression.total),
      number('parameters', 'Parameters', 'count', ({ parameters }) => parameters.total),
      number('bytes', 'Bytes', 'count', ({ bytes }) => bytes),
      number('macs', 'MACs', 'count', ({ macs }) => macs),
      number('macs_ratio', 'MACs CR', 'ratio', ({ macs }) => fewer(baseline?.macs, macs)),
      number('agreement', 'Agreement', 'percent', ({ agreement }) => agreement),
    ],
  );
}
