/** Values and gradients of steps of a network, on each installed backend. */
import { mkdtemp } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { randomStream } from '../../../src/linalg/random.ts';
import '../quick-buffers.ts';
import { detectBackends } from '../../../src/nn/backends/detect.ts';
import { setInstallLocation } from '../../../src/nn/backends/install-location.ts';
import type { BackendName } from '../../../src/nn/backends/names.ts';
import { startBackend } from '../../../src/nn/backends/start.ts';
import { userFolder } from '../../../src/nn/backends/user-folder.ts';

export type Built = (...inputs: tf.Tensor[]) => tf.Tensor;

const made = userFolder(process.env, homedir());
setInstallLocation(made);

/** Backends other than wasm and cpu are compared if a user has installed them and they start. */
export const backends: readonly BackendName[] = (await states()).flatMap(({ name, status }) =>
  !name.endsWith('-gpu') && status === 'available' ? [name] : [],
);

async function states() {
  const probeCache = join(await mkdtemp(join(tmpdir(), 'backends-')), 'probes.json');
  const { LD_LIBRARY_PATH: libraryPath } = process.env;
  return detectBackends({
    node: process.execPath,
    probeCache,
    userFolder: made,
    ...(libraryPath !== undefined && { libraryPath }),
  });
}

/**
 * The value and the gradients of a weighted sum of the outputs of `build`, on one backend, with respect to the inputs
 * at `places`, or to all.
 */
export async function differentiate(
  backend: BackendName,
  build: Built,
  shapes: readonly (readonly number[])[],
  places: readonly number[] = shapes.map((_, place) => place),
): Promise<readonly Float32Array[]> {
  await startBackend(backend);
  const tensors = tf.tidy(() => {
    const inputs = shapes.map((shape, index) => noise(shape, index));
    const y = build(...inputs);
    const ofSome: Built = (...some) =>
      build(...inputs.map((input, place) => some[places.indexOf(place)] ?? input));
    const moving = places.map((place) => inputs[place]!);
    const grads = tf.grads(ofSome)(moving, noise(y.shape, OF_OUTPUT));
    return [y, ...grads];
  });
  const values = await Promise.all(tensors.map((tensor) => tensor.data<'float32'>()));
  tf.dispose(tensors);
  return values.map((value) => value.slice());
}

/** The random weights of that sum. */
export const OF_OUTPUT = 99;

export function noise(shape: readonly number[], stream: number): tf.Tensor {
  return tf.tensor(noiseValues(shape, stream), [...shape]);
}

export function noiseValues(shape: readonly number[], stream: number): Float32Array {
  const random = randomStream(7, 'test', `${stream}`);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, random.normal);
}

export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  relative = 1e-4,
): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(...Array.from(expected, Math.abs));
  const error = Math.max(...Array.from(expected, (value, i) => Math.abs(value - actual[i]!)));
  expect(error).toBeLessThanOrEqual(relative * scale);
}
