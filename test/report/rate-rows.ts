/** Rows for the tests of the best rate: only rates, accuracies and sizes. */
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import { studiesOf } from '../../src/report/study.ts';
import { type Summary, summarise } from '../../src/report/summary.ts';

export const FULL = 132_863_336;

/** A row with only its rate, its accuracy and its size. */
export function row(
  rate: number | null,
  accuracy: number,
  parameters: number,
  more: Partial<EvaluationRow> = {},
): EvaluationRow {
  return {
    dataset: 'mnist',
    model: 'VGG-11',
    method: rate === null ? 'baseline' : 'svd',
    label: rate === null ? 'Baseline' : 'SVD',
    family: rate === null ? 'baseline' : 'svd',
    protocol: rate === null ? 'baseline' : 'posthoc',
    rate,
    seed: null,
    accuracy,
    loss: 0.1,
    agreement: null,
    count: 10_000,
    parameters: { features: 0, classifier: parameters, total: parameters },
    compression: { classifier: FULL / parameters, total: FULL / parameters },
    layers: [],
    ...more,
  };
}

export function summaryOf(rows: readonly EvaluationRow[], tolerance?: number): Summary {
  return summarise(studiesOf(rows, [])[0]!, tolerance);
}

/** As if one layer of 512 x 3136 were compressed to this rank. */
export function compressed(rate: number, parameters: number, rank: number): EvaluationRow {
  const plain = row(rate, 0.98, parameters);
  return { ...plain, compression: { ...plain.compression, achieved: trueRateAt(rank) } };
}

export const trueRateAt = (rank: number): number => (512 * 3136) / (rank * (512 + 3136));
