/** Scores of an ONNX model of another program. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { ClassIndices } from '../../../datasets/model-samples.ts';
import { rowOf } from '../../../nn/evaluation-row.ts';
import { openModelSession } from '../../../nn/runtime/session.ts';
import { type InputArtifact, type StageContext, StageError } from '../../../runner/index.ts';
import { defaultImageInput } from '../image-input.ts';
import { measureOnnx } from '../onnx-measurement.ts';
import { onnxData } from '../onnx-samples.ts';
import type { Measured } from '../scores.ts';
import { weightFiles } from '../weights-digest.ts';
import type { ForeignJson } from './foreign-json.ts';
import { namedFolder } from './open-foreign.ts';

export interface ForeignScore extends Measured {
  readonly labels: ClassIndices | null;
  /** The predictions of the original model, if they are known. */
  readonly original: ClassIndices | null;
}

/**
 * The outputs of an original model are kept with its scores.
 *
 * @param scratch an empty folder
 */
export async function scoreForeign(
  context: StageContext<unknown>,
  source: InputArtifact,
  json: ForeignJson,
  scratch: string,
): Promise<ForeignScore> {
  const { history, parameters: total, file } = json;
  if (json.format !== 'onnx') {
    throw new StageError(
      `only PyTorch knows the architecture of "${history.title}", which is stored as safetensors`,
      'score it with a command, as in docs/pytorch.md, or export it to ONNX',
    );
  }
  const path = join(namedFolder(source, scratch), file);
  const session = openModelSession(path, { name: file });
  try {
    const image = json.input ?? defaultImageInput;
    const { title, samples } = onnxData(context.input('data'), session, image, 'test');
    const compared = history.compression
      ? ({ isOriginal: false, reference: context.optionalInput('reference') } as const)
      : ({ isOriginal: true, keepIn: context.output('scores') } as const);
    const scored = await measureOnnx(context, session, samples, compared);
    const row = rowOf(
      { ...history, dataset: title },
      {
        ...scored.measured,
        parameters: { features: 0, classifier: total, total },
        bytes: bytesOf(source),
      },
    );
    const { predictions, original } = scored;
    return { row, predictions, labels: samples.labels, original };
  } finally {
    session.dispose();
  }
}

function bytesOf(model: InputArtifact): number {
  return weightFiles(model).reduce((sum, file) => sum + statSync(model.path(file)).size, 0);
}
