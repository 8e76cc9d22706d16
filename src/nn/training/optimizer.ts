/** Adam in the form that is fastest on the backend that is started. */
import * as tf from '@tensorflow/tfjs-core';
import { adam } from './adam.ts';
import type { Optimizer, OptimizerOptions } from './adam-state.ts';
import { heapAdam } from './heap-adam.ts';

/** Takes over `values`. */
export function optimizerOf(values: readonly tf.Tensor[], options: OptimizerOptions): Optimizer {
  const form = forms[tf.getBackend()] ?? adam;
  return form(values, options);
}

const forms: Readonly<Record<string, typeof adam>> = { wasm: heapAdam };
