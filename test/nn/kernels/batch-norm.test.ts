/** Batch norms with batch statistics and with running statistics, compared with plain loops on each backend. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  type BatchNorm,
  fixedBatchNorm,
  trainedBatchNorm,
} from '../../../src/nn/kernels/batch-norm.ts';
import {
  type Built,
  backends,
  differentiate,
  expectClose,
  noiseValues,
  OF_OUTPUT,
} from './differentiate.ts';

const CHANNELS = 5;
const inputs: readonly { readonly shape: readonly number[] }[] = [
  { shape: [4, 3, 2, CHANNELS] },
  { shape: [6, CHANNELS] },
];

/** Variances are positive: the square of the input there, plus 0.5. */
function normOf([weight, bias, mean, deviation]: readonly tf.Tensor[]): BatchNorm {
  const runningVariance = tf.add(tf.square(deviation!), 0.5);
  return { weight, bias, runningMean: mean, runningVariance } as BatchNorm;
}

describe.each(backends)('a batch norm on %s', (backend) => {
  it.each(inputs)('in training agrees with plain loops: %o', async ({ shape }) => {
    // The variance itself is differentiated here, so it is used as given. Any number is valid.
    const build =
      (inputGradient: boolean): Built =>
      (x, weight, bias, runningMean, runningVariance) =>
        trainedBatchNorm(x!, { weight, bias, runningMean, runningVariance } as BatchNorm, {
          inputGradient,
        });
    const shapes = [shape, ...Array(4).fill([CHANNELS])];
    const found = await differentiate(backend, build(true), shapes);
    expect(found).toHaveLength(6);
    byLoops(shape).forEach((values, i) => {
      expectClose(found[i]!, values, 1e-5);
    });
    const [y, , ...others] = found;
    const ofOthers = await differentiate(backend, build(false), shapes, [1, 2, 3, 4]);
    expect(ofOthers).toEqual([y, ...others]);
  });

  it.each(inputs)('otherwise uses the running statistics: %o', async ({ shape }) => {
    const build: Built = (x, ...norm) => fixedBatchNorm(x!, normOf(norm), { inputGradient: true });
    const shapes = [shape, ...Array(4).fill([CHANNELS])];
    const [y, dx] = await differentiate(backend, build, shapes, [0]);
    const [x, weight, bias, mean, deviation] = shapes.map(noiseValues);
    const dy = noiseValues(shape, OF_OUTPUT);
    const scale = (c: number) => weight![c]! / Math.sqrt(deviation![c]! ** 2 + 0.5 + 1e-5);
    expectClose(
      y!,
      Array.from(x!, (value, i) => {
        const c = i % CHANNELS;
        return (value - mean![c]!) * scale(c) + bias![c]!;
      }),
      1e-5,
    );
    expectClose(
      dx!,
      Array.from(dy, (value, i) => value * scale(i % CHANNELS)),
      1e-5,
    );
  });

  it('has sums whose precision does not depend on the mean', async () => {
    const build: Built = (x, ...norm) =>
      trainedBatchNorm(tf.add(tf.mul(x!, 1e-2), 30), normOf(norm), { inputGradient: false });
    const shapes = [[64, 8, 8, CHANNELS], ...Array(4).fill([CHANNELS])];
    const [y] = await differentiate(backend, build, shapes, [1]);
    const [x, weight, bias] = shapes.map(noiseValues);
    const rounded = Float32Array.from(x!, (value) => Math.fround(Math.fround(value * 1e-2) + 30));
    const { mean, variance } = momentsOf(rounded);
    const expected = Array.from(rounded, (value, i) => {
      const c = i % CHANNELS;
      return ((value - mean[c]!) / Math.sqrt(variance[c]! + 1e-5)) * weight![c]! + bias![c]!;
    });
    expectClose(y!, expected, 2e-3);
  });
});

function momentsOf(x: ArrayLike<number>) {
  const count = x.length / CHANNELS;
  const mean = new Float64Array(CHANNELS);
  const variance = new Float64Array(CHANNELS);
  for (let i = 0; i < x.length; i++) mean[i % CHANNELS]! += x[i]! / count;
  for (let i = 0; i < x.length; i++) {
    variance[i % CHANNELS]! += (x[i]! - mean[i % CHANNELS]!) ** 2 / count;
  }
  return { count, mean, variance };
}

/** y, the gradients of x, weight and bias, and running statistics minus those of the batch. */
function byLoops(shape: readonly number[]): readonly ArrayLike<number>[] {
  const shapes = [shape, ...Array(4).fill([CHANNELS])];
  const [x, weight, bias, runningMean, runningVariance] = shapes.map(noiseValues);
  const dy = noiseValues(shape, OF_OUTPUT);
  const { count, mean, variance } = momentsOf(x!);
  const deviation = variance.map((value) => Math.sqrt(value + 1e-5));
  const normalized = Float64Array.from(x!, (value, i) => {
    const c = i % CHANNELS;
    return (value - mean[c]!) / deviation[c]!;
  });
  const dWeight = new Float64Array(CHANNELS);
  const dBias = new Float64Array(CHANNELS);
  dy.forEach((error, i) => {
    dWeight[i % CHANNELS]! += error * normalized[i]!;
    dBias[i % CHANNELS]! += error;
  });
  const at = <T>(per: (c: number, i: number) => T) =>
    Array.from(x!, (_, i) => per(i % CHANNELS, i));
  return [
    at((c, i) => normalized[i]! * weight![c]! + bias![c]!),
    at((c, i) => {
      const mean = (dBias[c]! + normalized[i]! * dWeight[c]!) / count;
      return (weight![c]! / deviation[c]!) * (dy[i]! - mean);
    }),
    dWeight,
    dBias,
    runningMean!.map((value, c) => value - mean[c]!),
    runningVariance!.map((value, c) => value - (variance[c]! * count) / (count - 1)),
  ];
}
