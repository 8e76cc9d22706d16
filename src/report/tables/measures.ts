/**
 * What compression saves, beside what was asked for: compression rates of the compressed layers, the
 * classifier and the whole network, operations, bytes, and how often the baseline's prediction is kept.
 */

import type { Summary } from '../summary.ts';
import { number, type Table, text } from './table.ts';

export function measuresTable({ study, aggregates, baseline }: Summary): Table {
  const fewer = (before: number | null | undefined, after: number | null): number | null =>
    before && after ? before / after : null;
  return {
    name: 'measures',
    title: `Sizes and costs, medians over seeds: ${study.model} on ${study.dataset}`,
    columns: [
      text('method', 'Method'),
      text('protocol', 'Protocol'),
      number('rate', 'CR', 'rate'),
      number('layer_compression', 'Layer CR', 'ratio'),
      number('classifier_compression', 'Classifier CR', 'ratio'),
      number('total_compression', 'Network CR', 'ratio'),
      number('parameters', 'Parameters', 'count'),
      number('bytes', 'Bytes', 'count'),
      number('macs', 'MACs', 'count'),
      number('macs_ratio', 'MACs CR', 'ratio'),
      number('agreement', 'Agreement', 'percent'),
    ],
    rows: aggregates.map(
      ({ label, phase, rate, compression, parameters, bytes, macs, agreement }) => [
        label,
        phase,
        rate,
        compression.layers,
        compression.classifier,
        compression.total,
        parameters.total,
        bytes,
        macs,
        fewer(baseline?.macs, macs),
        agreement,
      ],
    ),
  };
}
