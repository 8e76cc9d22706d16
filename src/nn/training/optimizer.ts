/** Adam in the form that is fastest on the backend that is started. */
import * as tf from '@tensorflow/tfjs-core';
import { adam } from './adam.ts';
import type { AdamState, Optimizer } from './adam-state.ts';
import { heapAdam } from './heap-adam.ts';

export function optimizerOf(
  values: readonly tf.Tensor[],
  weightDecay: number,
  saved?: AdamState,
): Optimizer {
  const form = forms[tf.getBackend()] ?? adam;
  return form(values, weightDecay, saved);
}

const forms: Readonly<Record<string, typeof adam>> = { wasm: heapAdam };
