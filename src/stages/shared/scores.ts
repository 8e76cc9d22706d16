/**
 * Stored scores of models: one row per model in `rows.json`, the predicted class of each image, and the true
 * classes once.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { checkedJson } from '../../base/checked-json.ts';
import { type EvaluationRow, rowsSchema } from '../../nn/evaluation-row.ts';
import { rowKey } from '../../report/measurement.ts';
import type { InputArtifact } from '../../runner/index.ts';

export interface Measured {
  readonly row: EvaluationRow;
  readonly predictions: Uint8Array;
}

/**
 * The models arrive in the order of their digests. Rows are sorted in a more useful order.
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
  return checkedJson(
    readFileSync(scores.path('rows.json'), 'utf8'),
    rowsSchema,
    'rows.json',
    'scores are the output of a stage of the type "evaluate"',
  );
}

/** For each of `rows`, 1 for each correctly classified image; empty if the true classes were not stored. */
export function readOutcomes(
  scores: InputArtifact,
  rows: readonly EvaluationRow[],
): readonly Uint8Array[] {
  if (!scores.files.includes(LABELS)) return [];
  const labels = readFileSync(scores.path(LABELS));
  return rows.map((_, i) => {
    const predictions = readFileSync(scores.path(`predictions-${i}.bin`));
    // `Uint8Array.from` would call an iterator for each image.
    return new Uint8Array(predictions).map((prediction, image) => +(prediction === labels[image]));
  });
}

export function baselinePredictions(scores: InputArtifact): Uint8Array | undefined {
  const index = readRows(scores).findIndex((row) => row.protocol === 'baseline');
  return index < 0 ? undefined : readFileSync(scores.path(`predictions-${index}.bin`));
}

function nameOf(row: EvaluationRow): string {
  const { protocol, method, rate, seed } = row;
  return JSON.stringify([protocol, method, rate, seed, rowKey(row)]);
}
