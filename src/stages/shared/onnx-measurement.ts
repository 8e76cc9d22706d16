/** The measured part of the row of an ONNX model, and its predictions. */
import type { ClassIndices, ModelSamples } from '../../datasets/model-samples.ts';
import type { EvaluationRow } from '../../nn/evaluation-row.ts';
import { type OnnxScore, scoreOnnx } from '../../nn/runtime/score.ts';
import type { ModelSession } from '../../nn/runtime/session.ts';
import { type InputArtifact, type StageContext, StageError } from '../../runner/index.ts';
import { OutputKeeper, originalOutputs } from './original-outputs.ts';
import { baselinePredictions } from './scores.ts';

export interface OnnxMeasurement {
  readonly measured: Pick<
    EvaluationRow,
    'accuracy' | 'top5' | 'loss' | 'agreement' | 'outputs' | 'count'
  >;
  /** Null if the model predicts no classes. */
  readonly predictions: ClassIndices | null;
  /** The predictions of the original, if they are known. */
  readonly original: ClassIndices | null;
}

/** What the model is compared with: itself, whose outputs are kept in a folder, or the scores of the original. */
export type Compared =
  | { readonly isOriginal: true; readonly keepIn: string }
  | { readonly isOriginal: false; readonly reference: InputArtifact | undefined };

export async function measureOnnx(
  { signal, progress, log }: Pick<StageContext<unknown>, 'signal' | 'progress' | 'log'>,
  session: ModelSession,
  samples: ModelSamples,
  compared: Compared,
): Promise<OnnxMeasurement> {
  const reference = compared.isOriginal ? undefined : compared.reference;
  const expected = reference && baselinePredictions(reference);
  const keeper = compared.isOriginal ? new OutputKeeper(compared.keepIn) : undefined;
  const score = await scoreOnnx(session, samples, {
    signal,
    expected,
    original: reference && originalOutputs(reference),
    onBatch: (batch) => keeper?.add(batch),
    onProgress: (done, count) =>
      progress({ fraction: done / count, message: `${done} of ${count} samples` }),
  });
  keeper?.finish();
  const { classes, count } = score;
  if (classes)
    log(`${session.name}: the output "${classes.output}" scores the classes, as ${classes.scores}`);
  const measured = {
    accuracy: classes?.accuracy ?? null,
    top5: classes?.top5 ?? null,
    loss: classes?.loss ?? null,
    agreement: classes && compared.isOriginal ? 1 : score.agreement,
    outputs: outputsOf(score, keeper),
    count,
  };
  requireMeasurement(session, measured);
  const predictions = classes?.predictions ?? null;
  const original = compared.isOriginal ? predictions : (expected ?? null);
  return { measured, predictions, original };
}

/** The original has no errors. */
function outputsOf({ outputs }: OnnxScore, keeper: OutputKeeper | undefined): OnnxScore['outputs'] {
  return keeper ? keeper.names().map((name) => ({ name, relativeError: 0 })) : outputs;
}

function requireMeasurement(
  { name }: ModelSession,
  { accuracy, agreement, outputs }: OnnxMeasurement['measured'],
): void {
  if (accuracy !== null || agreement !== null || (outputs && outputs.length > 0)) return;
  throw new StageError(
    `${name} can't be measured: the data has no labels, and there are no outputs of the original`,
    'give the scores of the original as the input "reference", or use data with labels',
  );
}
