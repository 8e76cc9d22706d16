/** Runs a network, or a part of it, on samples. Requires a started backend. */
import * as tf from '@tensorflow/tfjs-core';
import { batchesOf } from './batch.ts';
import { fastInference } from './fast-forms.ts';
import { forward } from './forward.ts';
import type { Forward, Inference, InferenceOptions } from './inference-form.ts';
import { copiedInputs, narrowed } from './model/copied-inputs.ts';
import { disposeParameters, loadParameters } from './model/parameters.ts';

export function beginInference(options: InferenceOptions): Inference {
  return fastInference[tf.getBackend()]?.(options, foldedForward) ?? batchByBatch(options);
}

function batchByBatch({ layers, weights, samples, shape }: InferenceOptions): Inference {
  const parameters = loadParameters(narrowed(weights, copiedInputs(layers, shape)));
  const batches = batchesOf(samples, shape);
  return {
    run: async (indices) => {
      const result = tf.tidy(() => foldedForward(layers, parameters, batches.tensor(indices)));
      const values = await result.data<'float32'>();
      result.dispose();
      return values;
    },
    dispose: () => disposeParameters(parameters),
  };
}

const foldedForward: Forward = (layers, parameters, batch) =>
  forward(layers, parameters, batch, { fold: true });
