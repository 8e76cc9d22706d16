/**
 * Stored scores of models, in the form of `docs/scores.md`: one row per model in `rows.json`, the predicted class of each
 * sample, and the expected classes: the true ones, or without labels the predictions of the original.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { checkedJson } from '../../../base/checked-json.ts';
import { ExpectedError } from '../../../base/expected-error.ts';
import { listed } from '../../../base/listed.ts';
import type { ClassIndices } from '../../../datasets/model-samples.ts';
import { type EvaluationRow, rowsSchema } from '../../../nn/evaluation-row.ts';
import type { ModelHistory } from '../../../nn/model/history.ts';
import { rowKey } from '../../../report/measurement.ts';
import type { InputArtifact } from '../../../runner/index.ts';
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

/** What other models are compared with. */
export interface OriginalScores {
  /** The name of the model. */
  readonly model: string;
  /** Undefined if the model predicts no classes. */
  readonly predictions: ClassIndices | undefined;
}

/**
 * The scores of the original of a model: those of the only original, or of the one with the same name and training.
 * Undefined if there are no originals.
 */
export function originalScores(
  scores: InputArtifact,
  { title, training: { seed } }: Pick<ModelHistory, 'title' | 'training'>,
): OriginalScores | undefined {
  const rows = readRows(scores);
  const originals = [...rows.entries()].filter(([, { protocol }]) => protocol === 'baseline');
  const same = originals.filter(
    ([, { model, trainingSeed }]) => model === title && trainingSeed === seed,
  );
  const [found, ...others] = originals.length === 1 ? originals : same;
  if (originals.length === 0) return undefined;
  if (found === undefined || others.length > 0) {
    const names = originals.map(([, { model }]) => model);
    throw new ExpectedError(
      `its input "reference" has ${originals.length} original models (${listed(names)}), and ${found ? 'several' : 'none'} of them can be the original of "${title}"`,
      'use the scores of one original model, or give each model its own title',
    );
  }
  const [index, { model, count }] = found;
  const file = predictionsFile(index);
  const predictions = scores.files.includes(file)
    ? readClasses(scores.path(file), file, count)
    : undefined;
  return { model, predictions };
}

/**
 * The predictions that those of all models are compared with. Null if the models have different originals, or are several
 * original models: one file cannot have the predictions of all of them.
 *
 * @param originals of the models, in their order; the default is the original among them
 */
export function onlyOriginal(
  measured: readonly Measured[],
  originals: readonly (OriginalScores | undefined)[],
): ClassIndices | null {
  const [among, ...others] = measured.filter(({ row }) => row.protocol === 'baseline');
  const names = new Set(originals.map((original) => original?.model));
  if (names.size > 1) return null;
  const [given] = originals;
  if (given) return given.predictions ?? null;
  return others.length === 0 ? (among?.predictions ?? null) : null;
}

function nameOf(row: EvaluationRow): string {
  const { protocol, method, rate, seed } = row;
  return JSON.stringify([protocol, method, rate, seed, rowKey(row)]);
}
