/** The failure of a stage whose training produced no model. */
import type { TrainedResult } from '../../../nn/training/train.ts';
import { StageError } from '../../../runner/index.ts';
import { notFiniteText } from '../models/finite-models.ts';

export function unfinished(
  result: Exclude<TrainedResult, { readonly outcome: 'trained' }>,
  { learningRate }: { readonly learningRate: number },
): StageError {
  if (result.outcome === 'aborted') return new StageError(`stopped at step ${result.step}`);
  const { epoch, step, steps, loss, weight } = result;
  const what = weight ? notFiniteText(weight) : `the loss is ${loss}`;
  return new StageError(
    `the training diverged: in epoch ${epoch}, by step ${step} of ${steps}, ${what}`,
    `lower learningRate, which is ${learningRate} in the first epoch; try a tenth of it`,
  );
}
