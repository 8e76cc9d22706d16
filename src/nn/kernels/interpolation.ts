/**
 * The right factor of an interpolative decomposition, as one block: z = x_J + T x_rest, where J are the inputs that are
 * passed on and `rest` all others. x is [batch, n], T [c, n - c].
 *
 * A gather puts the inputs in the order J, rest, and a gather of the inverse order puts their gradients back. The wasm
 * backend has no gradient of a gather, and on other backends it would add numbers needlessly.
 */
import * as tf from '@tensorflow/tfjs-core';
import { block, type Gradients } from './block.ts';
import { timesTransposed, transposedTimes } from './products.ts';

/** `columns` is J: distinct, ascending. If it contains all inputs, T is empty and has no gradient. */
export function interpolation(
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  columns: readonly number[],
  { inputGradient, weightGradient = true }: Gradients,
): tf.Tensor2D {
  const [batch, inputs] = x.shape;
  const chosen = columns.length;
  if (chosen === inputs) return x;
  const { order, inverse } = orders(columns, inputs);
  const others = (all: tf.Tensor2D) => tf.slice(all, [0, chosen], [batch, inputs - chosen]);
  return block({
    differentiate: [...(inputGradient ? [x] : []), ...(weightGradient ? [weight] : [])],
    forward: () => {
      const all = tf.gather(x, tf.tensor1d(order, 'int32'), 1);
      const handedOn = tf.slice(all, [0, 0], [batch, chosen]);
      return tf.add(handedOn, timesTransposed(others(all), weight)) as tf.Tensor2D;
    },
    keep: () => [x, weight] as const,
    backward: (dz, [input, w]) => {
      const ofInput = () => {
        const all = tf.concat2d([dz, tf.matMul(dz, w)], 1);
        return tf.gather(all, tf.tensor1d(inverse, 'int32'), 1);
      };
      const ofWeight = () => {
        const all = tf.gather(input, tf.tensor1d(order, 'int32'), 1);
        return transposedTimes(dz, others(all));
      };
      return [...(inputGradient ? [ofInput()] : []), ...(weightGradient ? [ofWeight()] : [])];
    },
  });
}

/** The source of each position, and the position of each source. */
function orders(columns: readonly number[], inputs: number) {
  const order = new Int32Array(inputs);
  const inverse = new Int32Array(inputs);
  let chosen = 0;
  for (let input = 0; input < inputs; input++) {
    const place = columns[chosen] === input ? chosen++ : columns.length + input - chosen;
    order[place] = input;
    inverse[input] = place;
  }
  return { order, inverse };
}
