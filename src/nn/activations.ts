/**
 * The maps that the features part computes from samples. They are stored, so that the classifier part can be trained,
 * compressed and scored on them without running the features again.
 *
 * A map is [height, width, channels], row-major, as it leaves the last pool: before the average pool of the
 * classifier, which would only copy 1x1 maps. Requires a started backend.
 */
import { setImmediate } from 'node:timers/promises';
import type { Samples } from '../datasets/samples.ts';
import { inOrder } from './batch.ts';
import { beginInference } from './inference.ts';
import { sizeOf } from './model/description.ts';
import { inferShapes } from './model/shapes.ts';
import { type Network, partWeights } from './model/weights.ts';
import { OverflowCount } from './overflow.ts';

export interface Activations {
  readonly count: number;
  /** Height, width and channels of one map. */
  readonly shape: readonly number[];
  /** [count, ...shape] */
  readonly data: Float32Array;
}

export interface ActivationOptions {
  readonly batchSize: number;
  onProgress?(done: number, count: number): void;
  readonly signal?: AbortSignal;
}

/** Throws the reason of the signal if it is aborted, and an OverflowError if an activation is not finite. */
export async function computeActivations(
  model: Network,
  samples: Samples,
  { batchSize, onProgress, signal }: ActivationOptions,
): Promise<Activations> {
  const { features, input } = model.description;
  const shape = inferShapes(model.description).boundary;
  const size = sizeOf(shape);
  const { count } = samples;
  const data = new Float32Array(count * size);
  const weights = partWeights(model, 'features');
  const network = { layers: features, weights, samples, shape: input };
  const inference = beginInference({ ...network, batchSize });
  const overflow = new OverflowCount();
  let done = 0;
  try {
    for (const indices of inOrder(count, batchSize)) {
      const maps = await inference.run(indices);
      overflow.add(maps, done, indices.length);
      data.set(maps, done * size);
      done += indices.length;
      onProgress?.(done, count);
      await setImmediate();
      signal?.throwIfAborted();
    }
  } finally {
    inference.dispose();
  }
  await overflow.check(network);
  return { count, shape, data };
}
