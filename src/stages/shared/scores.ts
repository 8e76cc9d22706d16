/**
 * Stored scores of models, in the form of `docs/scores.md`: one row per model in `rows.json`, the predicted class of each
 * sample, and the expected classes: the true ones, or without labels the predictions of the original.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { checkedJson } from '../../base/checked-json.ts';
import { ExpectedError } from '../../base/expected-error.ts';
import type { ClassIndices } from '../../datasets/model-samples.ts';
import { type EvaluationRow, rowsSchema } from '../../nn/evaluation-row.ts';
import { rowKey } from '../../report/measurement.ts';
import type { InputArtifact } from '../../runner/index.ts';
import { readClasses, writeClasses } from './class-files.ts';

export interface Measured {
  readonly row: EvaluationRow;
  /** Null if the model predicts no classes. */
  readonly predictions: ClassIndices | null;
}

/**
 * The models arrive in the order of their digests. Rows are sorted in a more useful order.
 *
 * @param labels the true class of each sample, in the order of the predictions; null if the data has no labels
 * @param original the predictions of the original model; only used without labels
 */
export function writeScores(
  folder: string,
  measured: readonly Measured[],
  labels: ClassIndices | null,
  original: ClassIndices | null = null,
): void {
  const sorted = [...measured].sort((a, b) => (nameOf(a.row) < nameOf(b.row) ? -1 : 1));
  const rows = sorted.map(({ row }) => row);
  writeFileSync(`${folder}/rows.json`, `${JSON.stringify(rows, null, 2)}\n`);
  for (const [i, { predictions }] of sorted.entries()) {
    if (predictions) writeClasses(`${folder}/${predictionsFile(i)}`, predictions);
  }
  if (labels) writeClasses(`${folder}/${LABELS}`, labels);
  else if (original) writeClasses(`${folder}/${ORIGINAL}`, original);
}

const LABELS = 'labels.bin';
const ORIGINAL = 'original.bin';
const predictionsFile = (row: number): string => `predictions-${row}.bin`;

export function readRows(scores: InputArtifact): readonly EvaluationRow[] {
  return checkedJson(
    readFileSync(scores.path('rows.json'), 'utf8'),
    rowsSchema,
    'rows.json',
    'scores are the output of a stage of the type "evaluate", or of a command that writes the form of docs/scores.md',
  );
}

/**
 * For each of `rows`, 1 for each sample whose predicted class is the expected one. Empty if the expected classes were not
 * stored; undefined for a row without predictions.
 */
export function readOutcomes(
  scores: InputArtifact,
  rows: readonly EvaluationRow[],
): readonly (Uint8Array | undefined)[] {
  const file = [LABELS, ORIGINAL].find((one) => scores.files.includes(one));
  if (file === undefined) return [];
  return rows.map(({ count }, i) => {
    if (!scores.files.includes(predictionsFile(i))) {
      // Labels without predictions are a mistake. Without labels, a model may predict no classes.
      if (file === ORIGINAL) return undefined;
      throw new ExpectedError(
        `scores have ${file} and ${rows.length} rows, but no ${predictionsFile(i)}`,
        'write the predictions of each row, in the order of the rows: docs/scores.md',
      );
    }
    const expected = readClasses(scores.path(file), file, count);
    const predictions = readClasses(scores.path(predictionsFile(i)), predictionsFile(i), count);
    const outcome = new Uint8Array(count);
    for (let sample = 0; sample < count; sample += 1) {
      outcome[sample] = +(predictions[sample] === expected[sample]);
    }
    return outcome;
  });
}

export function baselinePredictions(scores: InputArtifact): ClassIndices | undefined {
  const rows = readRows(scores);
  const index = rows.findIndex((row) => row.protocol === 'baseline');
  const file = predictionsFile(index);
  if (index < 0 || !scores.files.includes(file)) return undefined;
  return readClasses(scores.path(file), file, rows[index]!.count);
}

function nameOf(row: EvaluationRow): string {
  const { protocol, method, rate, seed } = row;
  return JSON.stringify([protocol, method, rate, seed, rowKey(row)]);
}
