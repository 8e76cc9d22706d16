/**
 * One step of a network that is differentiated as a unit, by its own rule. All steps here are, because tfjs's build for
 * Node registers no gradients of its operations.
 *
 * `tf.customGrad` identifies differentiated tensors by the order of arguments, without types. Here the rule names the
 * tensors that it needs. tfjs disposes of intermediate tensors before the backward pass, so the rule can use only
 * those that `keep` names (as clones), besides constants of its closure.
 */
import * as tf from '@tensorflow/tfjs-core';

export interface BlockRule<Y extends tf.Tensor, K extends readonly tf.Tensor[]> {
  /** Tensors with a gradient. The others are constants. */
  readonly differentiate: readonly tf.Tensor[];
  forward(): Y;
  /** The inputs and outputs that the backward pass needs. */
  keep(y: Y): K;
  /** The gradients of `differentiate`, in its order. */
  backward(dy: Y, kept: K): readonly tf.Tensor[];
}

/** Which gradients of a layer with weights are needed. */
export interface Gradients {
  /** False for the first trained layer: the gradient of its input is not needed. */
  readonly inputGradient: boolean;
  /** False for a layer that is not trained. The default is true. */
  readonly weightGradient?: boolean;
}

export function block<Y extends tf.Tensor, K extends readonly tf.Tensor[]>(
  rule: BlockRule<Y, K>,
): Y {
  // As with gradients, intermediate tensors are disposed of immediately.
  if (rule.differentiate.length === 0) return tf.tidy(() => rule.forward());
  const differentiated = tf.customGrad((...inputs) => {
    const save = inputs.at(-1) as tf.GradSaveFunc;
    const value = rule.forward();
    save([...rule.keep(value)]);
    const gradFunc = (dy: tf.Tensor, kept: tf.Tensor[]) =>
      tf.tidy(() => [...rule.backward(dy as Y, kept as readonly tf.Tensor[] as K)]);
    return { value, gradFunc };
  });
  return differentiated(...rule.differentiate) as Y;
}
