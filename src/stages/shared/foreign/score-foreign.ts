/** Scores of an ONNX model of another program. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { ClassIndices } from '../../../datasets/model-samples.ts';
import { installLocation } from '../../../nn/backends/install-location.ts';
import { isMeasured, rowOf } from '../../../nn/evaluation-row.ts';
import { runtimeFact } from '../../../nn/runtime/fact.ts';
import { scoreOnnx } from '../../../nn/runtime/score.ts';
import { openModelSession } from '../../../nn/runtime/session.ts';
import { type InputArtifact, StageError } from '../../../runner/index.ts';
import type { ForeignJson } from '../models/foreign-json.ts';
import { defaultImageInput } from '../models/image-input.ts';
import { weightFiles } from '../models/weights-digest.ts';
import { isArrayData, onnxData } from '../samples/onnx-samples.ts';
import { type OutputKeeper, originalOutputs } from '../scoring/original-outputs.ts';
import { type Measured, type OriginalScores, originalScores } from '../scoring/scores.ts';
import { runtimeFolder } from './named-folder.ts';

export interface ForeignScoring {
  readonly source: InputArtifact;
  readonly json: ForeignJson;
  readonly data: InputArtifact;
  /** The scores of the original model. */
  readonly reference: InputArtifact | undefined;
  /** Keeps the outputs of an original model. */
  readonly keeper: OutputKeeper;
  /** The fact `runtime`. */
  readonly runtime: string;
  readonly scratch: string;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  readonly onProgress: (done: number, count: number) => void;
}

export interface ForeignScore extends Measured {
  readonly labels: ClassIndices | null;
  readonly original: OriginalScores | undefined;
}

export async function scoreForeign(scoring: ForeignScoring): Promise<ForeignScore> {
  const { source, json, data, reference, keeper, signal, log, onProgress } = scoring;
  const { history, parameters: total, file } = json;
  if (json.format !== 'onnx') {
    throw new StageError(
      `only PyTorch knows the architecture of "${history.title}", which is stored as safetensors`,
      'score it with a command, as in docs/pytorch.md, or export it to ONNX',
    );
  }
  requireRuntime(scoring.runtime);
  const path = join(runtimeFolder(source, scoring.scratch), file);
  const session = openModelSession(path, { name: history.title });
  try {
    if (json.input && isArrayData(data)) {
      log('the data are arrays, so "input" of the model is not used');
    }
    const image = json.input ?? defaultImageInput;
    const { title, samples } = onnxData(data, session, image, 'test');
    const original = reference && originalScores(reference, history);
    const score = await scoreOnnx(session, samples, {
      ...{ signal, onProgress, ...classesOf(json) },
      expected: original?.predictions,
      original: original && originalOutputs(reference, original.model),
      ...(!history.compression && { onBatch: (batch) => keeper.add(batch) }),
    });
    const { classes } = score;
    if (classes) log(`the output "${classes.output}" scores the classes, as ${classes.scores}`);
    const row = rowOf(
      { ...history, dataset: title },
      {
        accuracy: classes?.accuracy ?? null,
        ...(classes?.top5 != null && { top5: classes.top5 }),
        loss: classes?.loss ?? null,
        agreement: score.agreement,
        ...(Object.keys(score.outputErrors).length > 0 && { outputErrors: score.outputErrors }),
        count: score.count,
        parameters: { features: 0, classifier: total, total },
        bytes: bytesOf(source),
      },
    );
    const { labels } = samples;
    if (!isMeasured(row)) throw notMeasured(history.title);
    return { row, predictions: classes?.predictions ?? null, labels, original };
  } finally {
    session.dispose();
  }
}

function notMeasured(model: string): StageError {
  return new StageError(
    `"${model}" can't be measured: the data has no labels, and there are no outputs of the original`,
    'give the scores of the original as the input "reference", or use data with labels',
  );
}

/** The key of the stage has the version of the plan. */
function requireRuntime(planned: string): void {
  const found = runtimeFact(installLocation());
  if (found === planned) return;
  throw new StageError(
    `the runtime is now ${found}, but it was ${planned} when the plan was made`,
    'run again',
  );
}

function classesOf({ classes }: ForeignJson) {
  return classes === false ? { classifies: false } : { output: classes };
}

function bytesOf(model: InputArtifact): number {
  return weightFiles(model).reduce((sum, file) => sum + statSync(model.path(file)).size, 0);
}
