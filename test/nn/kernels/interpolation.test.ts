/** z = x_J + T x_rest and its gradients, compared with plain loops on each backend. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { startBackend } from '../../../src/nn/backends/start.ts';
import type { Gradients } from '../../../src/nn/kernels/block.ts';
import { interpolation } from '../../../src/nn/kernels/interpolation.ts';
import {
  type Built,
  backends,
  differentiate,
  expectClose,
  noiseValues,
  OF_OUTPUT,
} from './differentiate.ts';

const BATCH = 3;

interface Case {
  readonly inputs: number;
  readonly columns: readonly number[];
}

const cases: readonly Case[] = [
  { inputs: 7, columns: [0, 3, 4, 6] },
  { inputs: 7, columns: [5] },
  { inputs: 4, columns: [0, 1, 2] },
  { inputs: 90, columns: [...Array(31).keys()].map((i) => 2 * i + 20) },
];

describe.each(backends)('an interpolation on %s', (backend) => {
  it.each(cases)('agrees with plain loops: %o', async (c) => {
    const found = await differentiate(backend, built(c), shapesOf(c));
    byLoops(c).forEach((values, i) => {
      expectClose(found[i]!, values, 1e-5);
    });
  });

  it('passes all inputs on if all are chosen', async () => {
    await startBackend(backend);
    tf.tidy(() => {
      const [x, nothing] = [tf.ones([BATCH, 3]), tf.zeros([3, 0])];
      expect(built({ inputs: 3, columns: [0, 1, 2] })(x, nothing)).toBe(x);
    });
  });

  it('computes only the requested gradients, with the same values', async () => {
    const [z, dx, dT] = await differentiate(backend, built(cases[0]!), shapesOf(cases[0]!));
    const [weight, input] = [
      { inputGradient: false },
      { inputGradient: true, weightGradient: false },
    ].map((gradients) => built(cases[0]!, gradients));
    expect(await differentiate(backend, weight!, shapesOf(cases[0]!), [1])).toEqual([z, dT]);
    expect(await differentiate(backend, input!, shapesOf(cases[0]!), [0])).toEqual([z, dx]);
  });
});

function shapesOf({ inputs, columns }: Case): readonly (readonly number[])[] {
  return [
    [BATCH, inputs],
    [columns.length, inputs - columns.length],
  ];
}

function built({ columns }: Case, gradients: Gradients = { inputGradient: true }): Built {
  return (x, weight) => interpolation(x as tf.Tensor2D, weight as tf.Tensor2D, columns, gradients);
}

/** z, and the gradients of x and T, for the inputs of `differentiate`. */
function byLoops(c: Case): readonly Float64Array[] {
  const { inputs, columns } = c;
  const rest = [...Array(inputs).keys()].filter((input) => !columns.includes(input));
  const [x, t] = shapesOf(c).map(noiseValues) as [Float32Array, Float32Array];
  const dz = noiseValues([BATCH, columns.length], OF_OUTPUT);
  const z = new Float64Array(dz.length);
  const dx = new Float64Array(x.length);
  const dT = new Float64Array(t.length);
  for (let n = 0; n < BATCH; n++) {
    columns.forEach((column, k) => {
      const at = n * columns.length + k;
      z[at] = x[n * inputs + column]!;
      dx[n * inputs + column]! += dz[at]!;
      rest.forEach((other, l) => {
        z[at]! += t[k * rest.length + l]! * x[n * inputs + other]!;
        dx[n * inputs + other]! += t[k * rest.length + l]! * dz[at]!;
        dT[k * rest.length + l]! += x[n * inputs + other]! * dz[at]!;
      });
    });
  }
  return [z, dx, dT];
}
