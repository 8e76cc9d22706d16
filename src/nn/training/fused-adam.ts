/**
 * Adam in TensorFlow's own kernel: one pass over weights, moments and gradient on all threads, and in
 * place, where the composed form makes a dozen arrays of the size of the weights.
 *
 * The weights and moments are TensorFlow's variables; the tensors handed out share their memory. So they
 * are disposed of before an update: a variable that somebody still reads would be copied first.
 */
import * as tf from '@tensorflow/tfjs-core';
import { native } from '../kernels/native.ts';
import { type AdamState, beta1, beta2, type Optimizer, scalarsOf } from './adam-state.ts';
import { arraysOf, momentsOf } from './moments.ts';

/** Takes over `values`. Only for the backend `tensorflow`. */
export function fusedAdam(
  values: readonly tf.Tensor[],
  weightDecay: number,
  saved?: AdamState,
): Optimizer {
  let step = saved?.step ?? 0;
  const first = momentsOf(values, saved?.firstMoments);
  const second = momentsOf(values, saved?.secondMoments);
  const slots = values.map((value, index) => ({
    weight: variable(value),
    first: variable(first[index]!),
    second: variable(second[index]!),
  }));
  tf.dispose([...values, ...first, ...second]);
  const weights = () => slots.map(({ weight }) => read(weight));
  let current = weights();
  return {
    values: () => current,
    update: (gradients, learningRate) => {
      step++;
      const { rate, epsilon } = scalarsOf(step, learningRate);
      // The powers of beta are in the rate already, in double precision.
      const scalars = [0, 0, rate, beta1, beta2, epsilon].map((value) => tf.scalar(value));
      slots.forEach(({ weight, first, second }, index) => {
        const value = current[index]!;
        const gradient = gradients[index]!;
        const decayed =
          weightDecay === 0
            ? gradient
            : tf.tidy(() => tf.add(gradient, tf.mul(value, weightDecay)));
        value.dispose();
        applyAdam([weight, first, second, ...scalars, decayed]);
        tf.dispose([gradient, decayed]);
      });
      tf.dispose(scalars);
      current = weights();
    },
    state: async () => {
      const arrays = async (kind: 'first' | 'second') => {
        const tensors = slots.map((slot) => read(slot[kind]));
        const copies = await arraysOf(tensors);
        tf.dispose(tensors);
        return copies;
      };
      return { step, firstMoments: await arrays('first'), secondMoments: await arrays('second') };
    },
    dispose: () => {
      tf.dispose(current);
      for (const slot of slots) for (const handle of Object.values(slot)) destroy(handle);
    },
  };
}

/** Each variable has a name of its own: TensorFlow shares those of one name. */
let variables = 0;

/** A handle to a variable that starts as `initial`. */
function variable(initial: tf.Tensor): tf.Tensor {
  const name = `adam ${variables++}`;
  const attributes = { shape: initial.shape, container: '', shared_name: name };
  const [handle] = native('VarHandleOp', { dtype: 'float32', ...attributes }, [], 1);
  native('AssignVariableOp', { dtype: 'float32' }, [handle!, initial], 0);
  return handle!;
}

function read(handle: tf.Tensor): tf.Tensor {
  return native('ReadVariableOp', { dtype: 'float32' }, [handle], 1)[0]!;
}

/** Weight, moments, powers of the betas, rate, betas, epsilon, gradient. */
function applyAdam(inputs: readonly tf.Tensor[]): void {
  const attributes = { T: 'float32', use_locking: false, use_nesterov: false } as const;
  native('ResourceApplyAdam', attributes, inputs, 0);
}

function destroy(handle: tf.Tensor): void {
  native('DestroyResourceOp', { ignore_lookup_error: true }, [handle], 0);
  handle.dispose();
}
