/**
 * One step of a network that is differentiated as a whole, by its own rule. All steps here are:
 * tfjs's build for Node registers no gradients of its operations.
 *
 * `tf.customGrad` ties the tensors that are differentiated to the order of arguments and types none
 * of it; here the rule names what it needs. tfjs disposes intermediate tensors before the backward
 * pass, so the rule sees only what `keep` names (as clones), besides constants that it closes over.
 */
import * as tf from '@tensorflow/tfjs-core';

export interface BlockRule<Y extends tf.Tensor, K extends readonly tf.Tensor[]> {
  /** Tensors with respect to which there is a gradient; the others count as constants. */
  readonly differentiate: readonly tf.Tensor[];
  forward(): Y;
  /** What the backward pass needs of inputs and output. */
  keep(y: Y): K;
  /** The gradients of `differentiate`, in its order. */
  backward(dy: Y, kept: K): readonly tf.Tensor[];
}

/** What of a layer with weights is differentiated. */
export interface Gradients {
  /** False for the first trained layer: the gradient of its input is not needed. */
  readonly inputGradient: boolean;
  /** False for a layer that stays as it is; true, if left out. */
  readonly weightGradient?: boolean;
}

export function block<Y extends tf.Tensor, K extends readonly tf.Tensor[]>(
  rule: BlockRule<Y, K>,
): Y {
  // As with gradients, what is made on the way goes at once.
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
