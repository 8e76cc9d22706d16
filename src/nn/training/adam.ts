/**
 * Adam (Kingma and Ba 2015, algorithm 1) as PyTorch's `torch.optim.Adam`: weight decay is L2, added to
 * the gradient before the moments.
 *
 * With m and v the moments, t the step and c1 = 1 - 0.9^t, c2 = 1 - 0.999^t:
 * p -= lr / c1 * m / (sqrt(v) / sqrt(c2) + eps), computed with c2 moved to the scalars, as each
 * operation is one pass over all weights.
 */
import * as tf from '@tensorflow/tfjs-core';

/** The state of the optimizer apart from the weights: arrays in the order of the parameters. */
export interface AdamState {
  readonly step: number;
  readonly firstMoments: readonly Float32Array[];
  readonly secondMoments: readonly Float32Array[];
}

export interface Adam {
  /**
   * New weights from `weights` and their `gradients`; all three lists have one order. The weights
   * returned are the caller's to dispose of, as are those given.
   */
  update(
    weights: readonly tf.Tensor[],
    gradients: readonly tf.Tensor[],
    learningRate: number,
  ): readonly tf.Tensor[];
  state(): AdamState;
  dispose(): void;
}

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-8;

/** An optimizer for tensors of these shapes, from zero moments or from a saved state. */
export function adam(
  shapes: readonly (readonly number[])[],
  weightDecay: number,
  saved?: AdamState,
): Adam {
  const moments = (values?: readonly Float32Array[]) =>
    shapes.map((shape, index) => {
      const data = values?.[index];
      return data ? tf.tensor(data.slice(), [...shape]) : tf.zeros([...shape]);
    });
  let step = saved?.step ?? 0;
  let first = moments(saved?.firstMoments);
  let second = moments(saved?.secondMoments);
  return {
    update: (weights, gradients, learningRate) => {
      step++;
      const scale = scalars(step, learningRate, weightDecay);
      const updated = weights.map((weight, index) =>
        updateOne(weight, gradients[index]!, first[index]!, second[index]!, scale),
      );
      tf.dispose([first, second, Object.values(scale)]);
      first = updated.map(([, moment]) => moment);
      second = updated.map(([, , moment]) => moment);
      return updated.map(([weight]) => weight);
    },
    state: () => ({
      step,
      firstMoments: first.map((moment) => moment.dataSync<'float32'>().slice()),
      secondMoments: second.map((moment) => moment.dataSync<'float32'>().slice()),
    }),
    dispose: () => tf.dispose([first, second]),
  };
}

type Scalars = ReturnType<typeof scalars>;

function scalars(step: number, learningRate: number, weightDecay: number) {
  const correction = Math.sqrt(1 - beta2 ** step);
  return {
    decay: tf.scalar(weightDecay),
    keepFirst: tf.scalar(beta1),
    addFirst: tf.scalar(1 - beta1),
    keepSecond: tf.scalar(beta2),
    addSecond: tf.scalar(1 - beta2),
    epsilon: tf.scalar(epsilon * correction),
    rate: tf.scalar((learningRate * correction) / (1 - beta1 ** step)),
  };
}

function updateOne(
  weight: tf.Tensor,
  gradient: tf.Tensor,
  first: tf.Tensor,
  second: tf.Tensor,
  scale: Scalars,
): [weight: tf.Tensor, first: tf.Tensor, second: tf.Tensor] {
  return tf.tidy(() => {
    const g = tf.add(gradient, tf.mul(weight, scale.decay));
    const m = tf.add(tf.mul(first, scale.keepFirst), tf.mul(g, scale.addFirst));
    const squares = tf.mul(tf.mul(g, g), scale.addSecond);
    const v = tf.add(tf.mul(second, scale.keepSecond), squares);
    const direction = tf.div(m, tf.add(tf.sqrt(v), scale.epsilon));
    return [tf.sub(weight, tf.mul(direction, scale.rate)), m, v];
  });
}
