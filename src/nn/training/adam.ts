/**
 * Adam (Kingma and Ba 2015, algorithm 1) as PyTorch's `torch.optim.Adam`: weight decay is L2, added to
 * the gradient before the moments. Every backend has these operations.
 */
import * as tf from '@tensorflow/tfjs-core';
import { beta1, beta2, type Optimizer, type OptimizerOptions, scalarsOf } from './adam-state.ts';
import { arraysOf, momentsOf } from './moments.ts';

/** Takes ownership of `values`. */
export function adam(
  values: readonly tf.Tensor[],
  { weightDecay, multipliers, saved }: OptimizerOptions,
): Optimizer {
  let step = saved?.step ?? 0;
  let weights = values;
  let first = momentsOf(values, saved?.firstMoments);
  let second = momentsOf(values, saved?.secondMoments);
  return {
    values: () => weights,
    update: (gradients, learningRate) => {
      step++;
      const scales = new Map(
        [...new Set(multipliers)].map((multiplier) => {
          const scalars = scalarsOf(step, learningRate * multiplier);
          return [multiplier, tensorsOf({ ...scalars, decay: weightDecay })];
        }),
      );
      // One after the other, and replaced tensors are disposed of at once: they are the largest in memory.
      const updated = weights.map((weight, index) => {
        const scale = scales.get(multipliers[index]!)!;
        const old = [weight, gradients[index]!, first[index]!, second[index]!] as const;
        const next = updateOne(old, scale);
        tf.dispose([...old]);
        return next;
      });
      for (const scale of scales.values()) tf.dispose(Object.values(scale));
      weights = updated.map(([weight]) => weight);
      first = updated.map(([, moment]) => moment);
      second = updated.map(([, , moment]) => moment);
    },
    state: async () => ({
      step,
      firstMoments: await arraysOf(first),
      secondMoments: await arraysOf(second),
    }),
    dispose: () => tf.dispose([...weights, ...first, ...second]),
  };
}

type Scalars = ReturnType<typeof tensorsOf>;

function tensorsOf(scalars: {
  readonly rate: number;
  readonly epsilon: number;
  readonly decay: number;
}) {
  return {
    decay: tf.scalar(scalars.decay),
    keepFirst: tf.scalar(beta1),
    addFirst: tf.scalar(1 - beta1),
    keepSecond: tf.scalar(beta2),
    addSecond: tf.scalar(1 - beta2),
    epsilon: tf.scalar(scalars.epsilon),
    rate: tf.scalar(scalars.rate),
  };
}

type Updated = [weight: tf.Tensor, first: tf.Tensor, second: tf.Tensor];

function updateOne(
  [weight, gradient, first, second]: readonly [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor],
  scale: Scalars,
): Updated {
  return tf.tidy((): Updated => {
    const g = tf.add(gradient, tf.mul(weight, scale.decay));
    const m = tf.add(tf.mul(first, scale.keepFirst), tf.mul(g, scale.addFirst));
    const squares = tf.mul(tf.mul(g, g), scale.addSecond);
    const v = tf.add(tf.mul(second, scale.keepSecond), squares);
    const direction = tf.div(m, tf.add(tf.sqrt(v), scale.epsilon));
    return [tf.sub(weight, tf.mul(direction, scale.rate)), m, v];
  });
}
