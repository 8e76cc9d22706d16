/** The share of samples for which two models predict the same class. */
import { ExpectedError } from '../base/expected-error.ts';
import type { ClassIndices } from '../datasets/model-samples.ts';

/**
 * @param model names the model in errors
 * @param expected the predictions of the original model
 */
export function agreement(
  model: string,
  predictions: ClassIndices,
  expected: ClassIndices,
): number {
  if (predictions.length !== expected.length) {
    throw new ExpectedError(
      `${model}: there are ${predictions.length} samples, but the reference has ${expected.length}`,
      'score the reference on the same data',
    );
  }
  let same = 0;
  for (let i = 0; i < expected.length; i += 1) if (predictions[i] === expected[i]) same += 1;
  return same / expected.length;
}
