/**
 * Scores of models on disk: a row each in `rows.json`, the class predicted for each image, and the true
 * classes, once.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';
import { checkedJson } from '../../base/checked-json.ts';
import { costsOf } from '../../nn/model/costs.ts';
import { countParameters } from '../../nn/model/description.ts';
import type { Model } from '../../nn/model/weights.ts';
import type { Score } from '../../nn/scoring.ts';
import { rowKey } from '../../report/measurement.ts';
import type { EvaluationRow, Protocol, Tuned } from '../../report/results.ts';
import { PROTOCOLS } from '../../report/study.ts';
import type { InputArtifact } from '../../runner/index.ts';
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

const text = v.string('must be a text');
const number = v.number('must be a number');
const numberOrNull = v.nullable(number);

/** What every row has. JSON has null for a ratio that is not finite. */
const rowsSchema = v.array(
  v.looseObject(
    {
      ...{ dataset: text, model: text, method: text, label: text },
      family: v.picklist(['baseline', 'svd', 'cur'], 'must be baseline, svd or cur'),
      protocol: v.picklist(PROTOCOLS, `must be one of ${PROTOCOLS.join(', ')}`),
      ...{ rate: numberOrNull, seed: numberOrNull },
      ...{ accuracy: number, loss: number, agreement: numberOrNull, count: number },
      parameters: v.looseObject(
        { features: number, classifier: number, total: number },
        'must be an object with features, classifier and total',
      ),
      compression: v.looseObject(
        { nominal: numberOrNull, classifier: numberOrNull, total: numberOrNull },
        'must be an object with nominal, classifier and total',
      ),
      layers: v.array(
        v.looseObject(
          { name: text, rows: number, cols: number, rank: numberOrNull, parameters: number },
          'must be an object with name, rows, cols, rank and parameters',
        ),
        'must be a list of layers',
      ),
    },
    'must be an object',
  ),
  'must be a list of rows',
);

export function readRows(scores: InputArtifact): readonly EvaluationRow[] {
  const rows = checkedJson(
    readFileSync(scores.path('rows.json'), 'utf8'),
    rowsSchema,
    'rows.json',
    'scores are the output of a stage of the type "evaluate"',
  );
  return rows as unknown as readonly EvaluationRow[];
}

/** For each of `rows`, 1 for the images classified correctly; none where the true classes were not kept. */
export function readOutcomes(
  scores: InputArtifact,
  rows: readonly EvaluationRow[],
): readonly Uint8Array[] {
  if (!scores.files.includes(LABELS)) return [];
  const labels = readFileSync(scores.path(LABELS));
  return rows.map((_, i) => {
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
