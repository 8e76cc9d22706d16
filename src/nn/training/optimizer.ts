/** Adam in the form that is fastest on the started backend. */
import * as tf from '@tensorflow/tfjs-core';
import { fastOptimizers } from '../fast-forms.ts';
import { adam } from './adam.ts';
import type { OptimizerForm } from './adam-state.ts';

export const optimizerOf: OptimizerForm = (values, options) =>
  (fastOptimizers[tf.getBackend()] ?? adam)(values, options);
