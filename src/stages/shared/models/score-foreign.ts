/** Scores of an ONNX model of another program. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { ClassIndices } from '../../../datasets/model-samples.ts';
import { rowOf } from '../../../nn/evaluation-row.ts';
import type { OriginalOutputs } from '../../../nn/runtime/output-errors.ts';
import { scoreOnnx } from '../../../nn/runtime/score.ts';
import { openModelSession } from '../../../nn/runtime/session.ts';
import { type InputArtifact, StageError } from '../../../runner/index.ts';
import { foreignSamples } from '../foreign-samples.ts';
import { defaultImageInput } from '../image-input.ts';
import { KeptOutputs } from '../kept-outputs.ts';
import type { Measured } from '../scores.ts';
import { weightFiles } from '../weights-digest.ts';
import type { ForeignJson } from './foreign-json.ts';
import { namedFolder } from './open-foreign.ts';

export interface ForeignScoring {
  readonly source: InputArtifact;
  readonly json: ForeignJson;
  readonly data: InputArtifact;
  /** The predictions and outputs of the original model. */
  readonly expected: ClassIndices | undefined;
  readonly original: OriginalOutputs | undefined;
  readonly scratch: string;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, count: number) => void;
}

export interface ForeignScore extends Measured {
  readonly labels: ClassIndices | null;
  /** Of an original model. */
  readonly outputs: KeptOutputs | undefined;
}

export async function scoreForeign(scoring: ForeignScoring): Promise<ForeignScore> {
  const { source, json, data, expected, original, signal, onProgress } = scoring;
  const { history, parameters: total, file } = json;
  if (json.format !== 'onnx') {
    throw new StageError(
      `only PyTorch knows the architecture of "${history.title}", which is stored as safetensors`,
      'score it with a command, as in docs/pytorch.md, or export it to ONNX',
    );
  }
  const session = openModelSession(join(namedFolder(source, scoring.scratch), file));
  try {
    const samples = foreignSamples(data, session.inputs, json.input ?? defaultImageInput);
    const outputs = history.compression ? undefined : new KeptOutputs();
    const score = await scoreOnnx(session, samples, {
      ...{ expected, original, signal, onProgress },
      ...(outputs && { onBatch: (batch) => outputs.add(batch) }),
    });
    const { classes } = score;
    const row = rowOf(
      { ...history, dataset: samples.title },
      {
        accuracy: classes?.accuracy ?? null,
        ...(classes?.top5 != null && { top5: classes.top5 }),
        loss: classes?.loss ?? null,
        agreement: score.agreement,
        ...(score.outputs.length > 0 && { outputs: score.outputs }),
        count: score.count,
        parameters: { features: 0, classifier: total, total },
        bytes: bytesOf(source),
      },
    );
    return { row, predictions: classes?.predictions ?? null, labels: samples.labels, outputs };
  } finally {
    session.dispose();
  }
}

function bytesOf(model: InputArtifact): number {
  return weightFiles(model).reduce((sum, file) => sum + statSync(model.path(file)).size, 0);
}
