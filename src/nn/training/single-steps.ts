/** Steps of a training as single operations, on any backend. */
import * as tf from '@tensorflow/tfjs-core';
import {
  disposeParameters,
  loadParameters,
  type Parameters,
  readParameters,
} from '../model/parameters.ts';
import { dropoutMask } from './dropout-masks.ts';
import { lossAndGradients } from './gradients.ts';
import { optimizerOf } from './optimizer.ts';
import { momentum } from './state.ts';
import type { Steps, StepsOptions } from './steps.ts';

export function singleSteps(options: StepsOptions): Steps {
  const { layers, batches, seed, weightDecay, multipliers } = options;
  const fixed = loadParameters(options.fixed);
  const loaded = loadParameters(options.trained);
  const names = [...loaded.keys()];
  const optimizer = optimizerOf([...loaded.values()], {
    weightDecay,
    multipliers: names.map((name) => multipliers.get(name) ?? 1),
    saved: options.adam,
  });
  const trained = (): Parameters =>
    new Map(optimizer.values().map((value, index) => [names[index]!, value]));
  let statistics = loadParameters(options.statistics);
  return {
    advance: (indices, step, learningRate) => {
      const state = { parameters: trained(), statistics, fixed };
      const { value, grads } = tf.tidy(() =>
        lossAndGradients(layers, state, {
          samples: batches.tensor(indices),
          truth: batches.truth(indices),
          mask: (dropout) => dropoutMask(dropout, { seed, step }),
        }),
      );
      const ofStatistics = grads.splice(names.length);
      optimizer.update(grads, learningRate);
      statistics = moved(statistics, ofStatistics);
      return value;
    },
    weights: () => readParameters(trained()),
    statistics: () => readParameters(statistics),
    adam: () => optimizer.state(),
    dispose: () => {
      for (const tensors of [fixed, statistics]) disposeParameters(tensors);
      optimizer.dispose();
    },
  };
}

/** The statistics after a step. Disposes of the old ones and the gradients. */
function moved(statistics: Parameters, gradients: readonly tf.Tensor[]): Parameters {
  const next = [...statistics].map(([name, values], index) => {
    const after = tf.tidy(() => tf.sub(values, tf.mul(gradients[index]!, momentum)));
    return [name, after] as const;
  });
  disposeParameters(statistics);
  tf.dispose([...gradients]);
  return new Map(next);
}
