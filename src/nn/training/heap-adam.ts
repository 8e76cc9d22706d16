/**
 * Adam in one loop over the wasm backend's memory, where the composed form makes a dozen arrays of the size
 * of the weights: too many for the 4 GB that wasm can address, and slower.
 *
 * Moments change in place. Weights get a new tensor each step, since the backend keeps what it made of a
 * filter for as long as the tensor lives.
 */
import * as tf from '@tensorflow/tfjs-core';
import { filled } from '../kernels/heap.ts';
import { arraysOf } from './adam.ts';
import { type AdamState, beta1, beta2, type Optimizer, scalarsOf } from './adam-state.ts';

/** Takes over `values`. Only for the backend `wasm`. */
export function heapAdam(
  values: readonly tf.Tensor[],
  weightDecay: number,
  saved?: AdamState,
): Optimizer {
  const moments = (kept?: readonly Float32Array[]) =>
    values.map(({ shape }, index) => {
      const data = kept?.[index];
      return data ? tf.tensor(data.slice(), [...shape]) : tf.zeros([...shape]);
    });
  let step = saved?.step ?? 0;
  let weights = [...values];
  const first = moments(saved?.firstMoments);
  const second = moments(saved?.secondMoments);
  return {
    values: () => weights,
    update: (gradients, learningRate) => {
      step++;
      const scalars = { ...scalarsOf(step, learningRate), weightDecay };
      weights = weights.map((weight, index) => {
        const gradient = gradients[index]!;
        const next = updated(weight, gradient, first[index]!, second[index]!, scalars);
        tf.dispose([weight, gradient]);
        return next;
      });
    },
    state: async () => ({
      step,
      firstMoments: await arraysOf(first),
      secondMoments: await arraysOf(second),
    }),
    dispose: () => tf.dispose([...weights, ...first, ...second]),
  };
}

function updated(
  weight: tf.Tensor,
  gradient: tf.Tensor,
  first: tf.Tensor,
  second: tf.Tensor,
  { rate, epsilon, weightDecay }: ReturnType<typeof scalarsOf> & { readonly weightDecay: number },
): tf.Tensor {
  const [addFirst, addSecond] = [1 - beta1, 1 - beta2];
  const step: HeapStep = (next, p, g, m, v) => {
    for (let i = 0; i < p.length; i++) {
      const value = p[i]!;
      const slope = g[i]! + weightDecay * value;
      const mean = beta1 * m[i]! + addFirst * slope;
      const square = beta2 * v[i]! + addSecond * slope * slope;
      m[i] = mean;
      v[i] = square;
      next[i] = value - (rate * mean) / (Math.sqrt(square) + epsilon);
    }
  };
  const inputs = [weight, gradient, first, second];
  return filled(weight.shape, inputs, (next, p, g, m, v) => step(next, p!, g!, m!, v!));
}

type HeapStep = (
  next: Float32Array,
  weights: Float32Array,
  gradients: Float32Array,
  first: Float32Array,
  second: Float32Array,
) => void;
