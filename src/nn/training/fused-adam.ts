/**
 * Adam in TensorFlow's own kernel: one pass over weights, moments and gradient on all threads, and in
 * place, where the composed form makes a dozen arrays of the size of the weights.
 *
 * The weights and moments are TensorFlow's variables; the tensors handed out share their memory. So they
 * are disposed of before an update: a variable that somebody still reads would be copied first.
 */
import * as tf from '@tensorflow/tfjs-core';
import { arraysOf } from './adam.ts';
import { type AdamState, beta1, beta2, type Optimizer, scalarsOf } from './adam-state.ts';

/** Takes over `values`. Only for the backend `tensorflow`. */
export function fusedAdam(
  values: readonly tf.Tensor[],
  weightDecay: number,
  saved?: AdamState,
): Optimizer {
  const native = nativeBackend();
  let step = saved?.step ?? 0;
  const moment = ({ shape }: tf.Tensor, kept: Float32Array | undefined) => {
    const initial = kept ? tf.tensor(kept.slice(), [...shape]) : tf.zeros([...shape]);
    const handle = native.variable(initial);
    initial.dispose();
    return handle;
  };
  const slots = values.map((value, index) => ({
    weight: native.variable(value),
    first: moment(value, saved?.firstMoments[index]),
    second: moment(value, saved?.secondMoments[index]),
  }));
  tf.dispose([...values]);
  const read = () => slots.map(({ weight }) => native.read(weight));
  let current = read();
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
        native.applyAdam([weight, first, second, ...scalars, decayed]);
        tf.dispose([gradient, decayed]);
      });
      tf.dispose(scalars);
      current = read();
    },
    state: async () => {
      const arrays = async (kind: 'first' | 'second') => {
        const tensors = slots.map((slot) => native.read(slot[kind]));
        const copies = await arraysOf(tensors);
        tf.dispose(tensors);
        return copies;
      };
      return { step, firstMoments: await arrays('first'), secondMoments: await arrays('second') };
    },
    dispose: () => {
      tf.dispose(current);
      for (const slot of slots) for (const handle of Object.values(slot)) native.destroy(handle);
    },
  };
}

/** What tfjs's native backend has beyond tfjs: any of TensorFlow's operations by its name. */
interface NativeBackend {
  readonly binding: Readonly<Record<string, number>>;
  executeMultipleOutputs(
    operation: string,
    attributes: readonly object[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

/** Each variable has a name of its own: TensorFlow shares those of one name. */
let variables = 0;

function nativeBackend() {
  const backend = tf.backend() as unknown as NativeBackend;
  const { TF_ATTR_TYPE, TF_ATTR_SHAPE, TF_ATTR_STRING, TF_ATTR_BOOL, TF_FLOAT } = backend.binding;
  const float = (name: string) => ({ name, type: TF_ATTR_TYPE, value: TF_FLOAT });
  const flag = (name: string, value: boolean) => ({ name, type: TF_ATTR_BOOL, value });
  const run = (...words: Parameters<NativeBackend['executeMultipleOutputs']>) =>
    backend.executeMultipleOutputs(...words);
  return {
    /** A handle to a variable that starts as `initial`. */
    variable: (initial: tf.Tensor): tf.Tensor => {
      const attributes = [
        float('dtype'),
        { name: 'shape', type: TF_ATTR_SHAPE, value: initial.shape },
        { name: 'container', type: TF_ATTR_STRING, value: '' },
        { name: 'shared_name', type: TF_ATTR_STRING, value: `adam ${variables++}` },
      ];
      const [handle] = run('VarHandleOp', attributes, [], 1);
      run('AssignVariableOp', [float('dtype')], [handle!, initial], 0);
      return handle!;
    },
    read: (handle: tf.Tensor): tf.Tensor =>
      run('ReadVariableOp', [float('dtype')], [handle], 1)[0]!,
    /** Weight, moments, powers of the betas, rate, betas, epsilon, gradient. */
    applyAdam: (inputs: readonly tf.Tensor[]): void => {
      const attributes = [float('T'), flag('use_locking', false), flag('use_nesterov', false)];
      run('ResourceApplyAdam', attributes, inputs, 0);
    },
    destroy: (handle: tf.Tensor): void => {
      run('DestroyResourceOp', [flag('ignore_lookup_error', true)], [handle], 0);
      handle.dispose();
    },
  };
}
