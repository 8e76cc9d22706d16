/**
 * Finds samples for which a network computes numbers that are not finite. The outputs show the samples. The first layer
 * is found by computing one of them layer by layer. NaN passes through every kind of layer except a max pool, which can
 * ignore it next to numbers. Requires a started backend.
 */
import type { Samples } from '../datasets/samples.ts';
import { subset } from '../datasets/subset.ts';
import { beginInference } from './inference.ts';
import type { InferenceOptions } from './inference-form.ts';
import type { Layer } from './model/description.ts';
import { firstNotFinite, type Overflow, OverflowError } from './model/finite.ts';

/** Counts the samples whose outputs are not finite, batch by batch. */
export class OverflowCount {
  #samples = 0;
  #first = -1;

  /** `outputs`: row by row, of `count` samples from number `from` on. */
  add(outputs: Float32Array, from: number, count: number): void {
    // One check for all of them, since nearly always all are finite.
    if (firstNotFinite(outputs) < 0) return;
    const size = outputs.length / count;
    for (let i = 0; i < count; i++) {
      if (firstNotFinite(outputs.subarray(i * size, (i + 1) * size)) < 0) continue;
      if (this.#samples++ === 0) this.#first = from + i;
    }
  }

  /** Throws an OverflowError if there was one. */
  async check(
    network: Pick<InferenceOptions, 'layers' | 'weights' | 'samples' | 'shape'>,
  ): Promise<void> {
    if (this.#samples === 0) return;
    const [first, of] = [this.#first, network.samples.count];
    const began = await beginning(network, first);
    throw new OverflowError({ samples: this.#samples, of, first, ...began });
  }
}

async function beginning(
  { layers, weights, samples, shape }: Parameters<OverflowCount['check']>[0],
  image: number,
): Promise<Pick<Overflow, 'layer' | 'entry' | 'value'>> {
  const one: Samples = subset(samples, Uint32Array.of(image));
  for (let count = 1; count <= layers.length; count++) {
    // It is computed with the flatten behind it.
    if (layers[count - 1]!.kind === 'adaptive-average-pool') continue;
    const some = { layers: layers.slice(0, count), weights, samples: one, shape, batchSize: 1 };
    const inference = beginInference(some);
    const outputs = await inference.run(Uint32Array.of(0));
    inference.dispose();
    const entry = firstNotFinite(outputs);
    if (entry >= 0) return { layer: titleAt(layers, count - 1), entry, value: outputs[entry]! };
  }
  // It was not finite in its batch, but is finite on its own.
  return { layer: titleAt(layers, layers.length - 1), entry: 0, value: Number.NaN };
}

function titleAt(layers: readonly Layer[], place: number): string {
  const layer = layers[place]!;
  if ('name' in layer) return layer.name;
  const before = layers.slice(0, place).findLast((one) => 'name' in one);
  return before === undefined
    ? `the first ${layer.kind}`
    : `the ${layer.kind} after ${before.name}`;
}
