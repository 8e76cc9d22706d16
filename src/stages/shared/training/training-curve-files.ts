/** The output `curve` of a training: its points, and the history of the model, for the report. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkedJson } from '../../../base/checked-json.ts';
import { CURVE_FILE, curveIn, curveLine } from '../../../base/curve.ts';
import { historySchema, type ModelHistory } from '../../../nn/model/history.ts';
import { type TrainingCurve, trainingPoints } from '../../../nn/training/curve.ts';
import type { CurveRow } from '../../../report/results.ts';
import type { InputArtifact } from '../../../runner/index.ts';

const HISTORY_FILE = 'history.json';

export function writeTrainingCurve(
  folder: string,
  curve: TrainingCurve,
  history: ModelHistory,
): void {
  const lines = [...trainingPoints(curve)].map((point) => `${curveLine(point)}\n`);
  writeFileSync(join(folder, CURVE_FILE), lines.join(''));
  writeFileSync(join(folder, HISTORY_FILE), `${JSON.stringify(history)}\n`);
}

export function readTrainingCurve(source: InputArtifact): CurveRow {
  const text = (file: string): string => readFileSync(source.path(file), 'utf8');
  const history = checkedJson(
    text(HISTORY_FILE),
    historySchema,
    HISTORY_FILE,
    'curves are the output "curve" of a stage of the type "train" or "finetune"',
  );
  const { dataset, title, training, compression, finetuning } = history;
  return {
    dataset,
    model: title,
    trainingSeed: training.seed,
    method: compression?.method ?? null,
    label: compression?.label ?? null,
    rate: compression?.rate ?? null,
    seed: compression?.seed ?? null,
    tuned: finetuning ? (finetuning.scope ?? 'classifier') : null,
    points: curveIn(text(CURVE_FILE)),
  };
}
