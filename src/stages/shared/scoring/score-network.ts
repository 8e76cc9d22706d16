/** Scores of one of our own networks. */
import type { ClassIndices } from '../../../datasets/model-samples.ts';
import { evaluationRow } from '../../../nn/evaluation-row.ts';
import { classifierBatch, score } from '../../../nn/scoring.ts';
import type { InputArtifact, StageContext } from '../../../runner/index.ts';
import { startNamed } from '../backend/computing.ts';
import { finitely, takeModel } from '../models/finite-models.ts';
import { samplesFor } from '../samples/classifier-samples.ts';
import { type Measured, type OriginalScores, originalScores } from './scores.ts';

export interface NetworkScore extends Measured {
  readonly labels: ClassIndices;
  /** Of the network before its compression, if they are known. */
  readonly original: OriginalScores | undefined;
}

export async function scoreNetwork(
  context: StageContext<unknown>,
  source: InputArtifact,
  onProgress: (done: number, count: number) => void,
): Promise<NetworkScore> {
  await startNamed(context.fact('backend'), context.cores);
  const model = takeModel(source);
  const samples = await samplesFor(context, model, source, 'test', 'classifier');
  const scored = score(model, samples, {
    scope: 'classifier',
    batchSize: classifierBatch(),
    signal: context.signal,
    onProgress,
  });
  const result = await finitely(model, scored);
  const reference = context.optionalInput('reference');
  const original = reference && originalScores(reference, model.history);
  const row = evaluationRow(model, result, original?.predictions);
  return { ...result, row, labels: Uint8Array.from(samples.labels), original };
}
