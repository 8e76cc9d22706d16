/**
 * The loss of each step of a training, in single precision. A loss is a number if its step knows it at once, otherwise a
 * tensor, which stays on the backend until it is needed, since reading it back waits for the computation.
 */
import * as tf from '@tensorflow/tfjs-core';

/** If it is a tensor, its owner disposes of it. */
export type Loss = tf.Scalar | number;

export class StepLosses {
  #values: Float32Array;
  #known: number;
  /** Of the latest steps, not read yet. */
  #pending: Loss[] = [];

  /** `saved`: the losses of the steps before. */
  constructor(saved: Float32Array = new Float32Array(0)) {
    this.#values = saved;
    this.#known = saved.length;
  }

  /** Takes ownership of `loss`. */
  add(loss: Loss): void {
    this.#pending.push(loss);
  }

  /** The losses of all steps so far. Waits for the computation. */
  async read(): Promise<Float32Array> {
    const pending = await lossesIn(this.#pending.splice(0));
    const known = this.#known + pending.length;
    if (known > this.#values.length) {
      const larger = new Float32Array(2 * known);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values.set(pending, this.#known);
    this.#known = known;
    return this.#values.subarray(0, known);
  }

  dispose(): void {
    disposeLosses(this.#pending.splice(0));
  }
}

/** The mean of each completed epoch. */
export function epochLosses(losses: Float32Array, stepsPerEpoch: number): readonly number[] {
  const means: number[] = [];
  for (let end = stepsPerEpoch; end <= losses.length; end += stepsPerEpoch) {
    let sum = 0;
    for (let step = end - stepsPerEpoch; step < end; step++) sum = Math.fround(sum + losses[step]!);
    means.push(sum / stepsPerEpoch);
  }
  return means;
}

export async function lossIn(loss: Loss): Promise<number> {
  return typeof loss === 'number' ? loss : (await loss.data())[0]!;
}

export function disposeLosses(losses: readonly Loss[]): void {
  tf.dispose(losses.filter((loss) => typeof loss !== 'number'));
}

/** Disposes of them. All tensors are read back at once, because each transfer has a cost. */
async function lossesIn(losses: readonly Loss[]): Promise<ArrayLike<number>> {
  const tensors = losses.filter((loss) => typeof loss !== 'number');
  if (tensors.length < losses.length || losses.length < 2) return Promise.all(losses.map(taken));
  const all = tf.stack(tensors);
  disposeLosses(losses);
  const values = await all.data();
  all.dispose();
  return values;
}

async function taken(loss: Loss): Promise<number> {
  const value = await lossIn(loss);
  disposeLosses([loss]);
  return value;
}
