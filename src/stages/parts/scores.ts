/**
 * Scores of models on disk: a row each in `rows.json`, the class predicted for each image, and the true
 * classes, once.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { costsOf } from '../../nn/model/costs.ts';
import { countParameters } from '../../nn/model/description.ts';
import type { Model } from '../../nn/model/weights.ts';
import type { Score } from '../../nn/scoring.ts';
import { rowKey } from '../../report/measurement.ts';
import type { EvaluationRow, Protocol, Tuned } from '../../report/results.ts';
import type { InputArtifact } from '../../runner/graph/stage-type.ts';
import { historyOf, type ModelHistory } from './model-history.ts';

export function evaluationRow(
  model: Model,
  { accuracy, loss, predictions, count }: Score,
  expected: Uint8Array | undefined,
): EvaluationRow {
  const history = historyOf(model);
  const { compression, original } = history;
  const protocol = protocolOf(history);
  const parameters = countParameters(model.description);
  const { features, classifier, total } = costsOf(model.description);
  return {
    dataset: history.dataset,
    model: history.title,
    trainingSeed: (history.training as { readonly seed?: number }).seed ?? null,
    method: compression?.method ?? 'baseline',
    label: compression?.label ?? 'Baseline',
    family: compression?.family ?? 'baseline',
    protocol,
    tuned: (history.finetuning as { readonly scope: Tuned } | undefined)?.scope ?? null,
    scheme: compression?.scheme ?? null,
    allocation: compression?.allocation ?? 'uniform',
    rate: compression?.rate ?? null,
    seed: compression?.seed ?? null,
    accuracy,
    loss,
    agreement: expected ? agreement(predictions, expected) : protocol === 'baseline' ? 1 : null,
    count,
    parameters,
    macs: { features: features.macs, classifier: classifier.macs, total: total.macs },
    bytes: total.bytes,
    compression: {
      nominal: compression?.rate ?? null,
      ...(compression?.achieved !== undefined && { achieved: compression.achieved }),
      classifier: original.classifier / parameters.classifier,
      total: original.total / parameters.total,
    },
    layers: compression?.layers ?? [],
  };
}

export interface Measured {
  readonly row: EvaluationRow;
  readonly predictions: Uint8Array;
}

/**
 * The order of the models is that of their digests; rows are put in one that says more.
 *
 * @param labels the true class of each image, in the order of the predictions
 */
export function writeScores(
  folder: string,
  measured: readonly Measured[],
  labels: Uint8Array,
): void {
  const sorted = [...measured].sort((a, b) => (nameOf(a.row) < nameOf(b.row) ? -1 : 1));
  const rows = sorted.map(({ row }) => row);
  writeFileSync(`${folder}/rows.json`, `${JSON.stringify(rows, null, 2)}\n`);
  for (const [i, { predictions }] of sorted.entries()) {
    writeFileSync(`${folder}/predictions-${i}.bin`, predictions);
  }
  writeFileSync(`${folder}/${LABELS}`, labels);
}

const LABELS = 'labels.bin';

export function readRows(scores: InputArtifact): readonly EvaluationRow[] {
  return JSON.parse(readFileSync(scores.path('rows.json'), 'utf8')) as EvaluationRow[];
}

/** For each row, 1 for the images classified correctly; none where the true classes were not kept. */
export function readOutcomes(scores: InputArtifact): readonly Uint8Array[] {
  if (!scores.files.includes(LABELS)) return [];
  const labels = readFileSync(scores.path(LABELS));
  return readRows(scores).map((_, i) => {
    const predictions = readFileSync(scores.path(`predictions-${i}.bin`));
    // `Uint8Array.from` would ask an iterator for each image.
    return new Uint8Array(predictions).map((prediction, image) => +(prediction === labels[image]));
  });
}

export function baselinePredictions(scores: InputArtifact): Uint8Array | undefined {
  const index = readRows(scores).findIndex((row) => row.protocol === 'baseline');
  return index < 0 ? undefined : readFileSync(scores.path(`predictions-${index}.bin`));
}

function protocolOf({ compression, finetuning, grafted }: ModelHistory): Protocol {
  if (grafted) return 'seed';
  if (compression) return finetuning ? 'finetuned' : 'posthoc';
  return finetuning ? 'control' : 'baseline';
}

function agreement(predictions: Uint8Array, expected: Uint8Array): number {
  return predictions.filter((prediction, i) => prediction === expected[i]).length / expected.length;
}

function nameOf(row: EvaluationRow): string {
  const { protocol, method, rate, seed } = row;
  return JSON.stringify([protocol, method, rate, seed, rowKey(row)]);
}
