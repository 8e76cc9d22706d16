/**
 * Adam in one loop over the memory of the wasm backend. The plain form (`training/adam.ts`) makes a dozen arrays of the
 * size of the weights: it is slower, and a large network would need more than the 4 GB that wasm can address.
 *
 * Moments change in place. Weights get a new tensor at each step, because the backend caches data made from a filter as
 * long as its tensor lives.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  beta1,
  beta2,
  type Optimizer,
  type OptimizerOptions,
  scalarsOf,
} from '../../training/adam-state.ts';
import { arraysOf, momentsOf } from '../../training/moments.ts';
import { asTensor, onHeap, unfilled } from './memory.ts';
import { addressOf, simd, wholeSteps } from './simd.ts';

/** Only on the backend `wasm`. */
export function wasmAdam(
  values: readonly tf.Tensor[],
  { weightDecay, multipliers, saved }: OptimizerOptions,
): Optimizer {
  let step = saved?.step ?? 0;
  let weights = [...values];
  const first = momentsOf(values, saved?.firstMoments);
  const second = momentsOf(values, saved?.secondMoments);
  return {
    values: () => weights,
    update: (gradients, learningRate) => {
      step++;
      weights = weights.map((weight, index) => {
        const scalars = { ...scalarsOf(step, learningRate * multipliers[index]!), weightDecay };
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
  const output = unfilled(weight.shape);
  const tensors = [output, weight, gradient, first, second];
  const loops = simd();
  const length = loops ? wholeSteps(weight.size) : 0;
  const [addFirst, addSecond] = [1 - beta1, 1 - beta2];
  if (length > 0) {
    const [next, p, g, m, v] = tensors.map(addressOf) as [number, number, number, number, number];
    const scalars = [rate, epsilon, weightDecay, beta1, addFirst, beta2, addSecond] as const;
    loops!.adam(length, next, p, g, m, v, ...scalars);
  }
  // The rest, or everything if there are no SIMD loops.
  const [next, p, g, m, v] = onHeap(...tensors) as [...HeapArrays];
  for (let i = length / 4; i < p.length; i++) {
    const value = p[i]!;
    const slope = g[i]! + weightDecay * value;
    const mean = beta1 * m[i]! + addFirst * slope;
    const square = beta2 * v[i]! + addSecond * slope * slope;
    m[i] = mean;
    v[i] = square;
    next[i] = value - (rate * mean) / (Math.sqrt(square) + epsilon);
  }
  return asTensor(output);
}

type HeapArrays = readonly [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
