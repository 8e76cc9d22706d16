/**
 * The losses of steps and their sum, in single precision. They are numbers if a step knows its loss at once, otherwise
 * tensors, which stay on the backend until they are needed, since reading one back waits for the computation.
 */
import * as tf from '@tensorflow/tfjs-core';

/** If it is a tensor, its owner disposes of it. */
export type Loss = tf.Scalar | number;

export class RunningLoss {
  #sum: Loss;
  #latest: Loss = Number.NaN;

  constructor(sum = 0) {
    this.#sum = sum;
  }

  /** Takes ownership of `loss`. */
  add(loss: Loss): void {
    const sum = together(this.#sum, loss);
    this.dispose();
    [this.#sum, this.#latest] = [sum, loss];
  }

  latest(): Promise<number> {
    return lossIn(this.#latest);
  }

  sum(): Promise<number> {
    return lossIn(this.#sum);
  }

  /** Returns the sum, and starts again from zero. */
  take(): Loss {
    const sum = this.#sum;
    this.#sum = 0;
    return sum;
  }

  dispose(): void {
    disposeLosses([this.#sum, this.#latest]);
  }
}

export async function lossIn(loss: Loss): Promise<number> {
  return typeof loss === 'number' ? loss : (await loss.data())[0]!;
}

export function disposeLosses(losses: readonly Loss[]): void {
  tf.dispose(losses.filter((loss) => typeof loss !== 'number'));
}

function together(a: Loss, b: Loss): Loss {
  if (typeof a === 'number' && typeof b === 'number') return Math.fround(a + b);
  return tf.tidy(() => tf.add(a, b));
}
