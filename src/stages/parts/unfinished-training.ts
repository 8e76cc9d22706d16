/** A training that came to no model, as the failure of its stage. */
import type { TrainedResult } from '../../nn/training/train.ts';
import { StageError } from '../../runner/graph/stage-type.ts';

export function unfinished({
  outcome,
  step,
}: Exclude<TrainedResult, { readonly outcome: 'trained' }>): StageError {
  if (outcome === 'aborted') return new StageError(`stopped at step ${step}`);
  return new StageError(
    `the training diverged: at step ${step} its loss is no number`,
    'lower its learningRate',
  );
}
