/** Rows with given accuracies, and their summary. */
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import { rowKey } from '../../src/report/measurement.ts';
import { studiesOf } from '../../src/report/study.ts';
import { type Summary, summarise } from '../../src/report/summary.ts';

export function summaryOf(
  rows: readonly EvaluationRow[],
  tolerance?: number,
  outcomes: readonly (readonly [EvaluationRow, Uint8Array])[] = [],
): Summary {
  const byKey = new Map(outcomes.map(([row, right]) => [rowKey(row), right]));
  const [study] = studiesOf([baselineRow(), ...rows], [], byKey);
  return summarise(study!, tolerance);
}

export function baselineRow(): EvaluationRow {
  return {
    ...measured('baseline', null, 0.992, null, 2000),
    family: 'baseline',
    protocol: 'baseline',
  };
}

export function measured(
  method: string,
  rate: number | null,
  accuracy: number,
  seed: number | null,
  classifier = 1000,
  features = 10_000,
): EvaluationRow {
  return {
    dataset: 'mnist',
    model: 'VGG-11',
    method,
    label: method,
    family: method === 'svd' ? 'svd' : 'cur',
    protocol: 'posthoc',
    rate,
    seed,
    accuracy,
    loss: 0.1,
    agreement: null,
    count: 10_000,
    parameters: { features, classifier, total: features + classifier },
    compression: { classifier: 2000 / classifier, total: rate ?? 1 },
    layers: [],
  };
}
