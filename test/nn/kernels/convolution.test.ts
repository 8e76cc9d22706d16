/** Convolutions and their gradients, compared with plain loops in double precision on each backend. */
import type * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Gradients } from '../../../src/nn/kernels/block.ts';
import { convolution } from '../../../src/nn/kernels/convolution.ts';
import type { Pair } from '../../../src/nn/model/description.ts';
import {
  type Built,
  backends,
  differentiate,
  expectClose,
  noiseValues,
  OF_OUTPUT,
} from './differentiate.ts';

interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
}

interface Case extends Window {
  readonly size: Pair;
  readonly relu: boolean;
  readonly bias: boolean;
}

const [BATCH, IN, OUT] = [3, 4, 5];

const kernels: readonly Pair[] = [
  [1, 1],
  [3, 3],
  [5, 5],
  [3, 1],
  [1, 3],
];
const half = ([height, width]: Pair): Pair => [(height - 1) / 2, (width - 1) / 2];

const cases: readonly Case[] = [
  ...kernels.flatMap((kernel) =>
    [1, 2].flatMap((stride) =>
      [[0, 0] as const, half(kernel)].map((padding, i) => ({
        kernel,
        stride: [stride, stride] as const,
        padding,
        size: [8, 7] as const,
        relu: i === 0,
        bias: stride === i + 1,
      })),
    ),
  ),
  // Different strides and paddings, even kernels, strides larger than the kernel, maps of one position.
  { kernel: [3, 3], stride: [2, 1], padding: [1, 0], size: [9, 6], relu: true, bias: true },
  { kernel: [2, 4], stride: [1, 3], padding: [1, 2], size: [5, 7], relu: false, bias: true },
  { kernel: [1, 1], stride: [3, 2], padding: [0, 0], size: [6, 6], relu: true, bias: false },
  { kernel: [3, 3], stride: [1, 1], padding: [2, 2], size: [4, 4], relu: false, bias: false },
  { kernel: [3, 3], stride: [1, 1], padding: [1, 0], size: [4, 5], relu: true, bias: false },
  { kernel: [3, 3], stride: [1, 1], padding: [0, 1], size: [4, 5], relu: true, bias: true },
  { kernel: [3, 3], stride: [1, 1], padding: [1, 1], size: [1, 1], relu: true, bias: true },
  { kernel: [3, 3], stride: [1, 1], padding: [1, 1], size: [2, 2], relu: false, bias: true },
];

describe.each(backends)('a convolution on %s', (backend) => {
  it.each(cases)('agrees with plain loops: %o', async (c) => {
    const found = await differentiate(backend, built(c), shapesOf(c));
    const expected = byLoops(c);
    expect(found).toHaveLength(c.bias ? 4 : 3);
    found.forEach((values, i) => {
      expectClose(values, expected[i]!, 1e-5);
    });
  });

  it.each(cases.slice(4, 8))(
    'has the gradients that are asked for, and the same: %o',
    async (c) => {
      const shapes = shapesOf({ ...c, bias: true });
      const [y, dx, dFilter, dBias] = await differentiate(backend, built(c), shapes);
      const ofWeights = built(c, { inputGradient: false });
      expect(await differentiate(backend, ofWeights, shapes, [1, 2])).toEqual([y, dFilter, dBias]);
      const ofInput = built(c, { inputGradient: true, weightGradient: false });
      expect(await differentiate(backend, ofInput, shapes, [0])).toEqual([y, dx]);
    },
  );
});

function shapesOf({ size, kernel, bias }: Case): readonly (readonly number[])[] {
  return [[BATCH, ...size, IN], [...kernel, IN, OUT], ...(bias ? [[OUT]] : [])];
}

function built(
  { stride, padding, relu }: Case,
  gradients: Gradients = { inputGradient: true },
): Built {
  const options = { stride, padding, relu, ...gradients };
  return (x, filter, bias) =>
    convolution(x as tf.Tensor4D, filter as tf.Tensor4D, bias as tf.Tensor1D | undefined, options);
}

/** y, and the gradients of x, filter and bias, for the inputs of `differentiate`. */
function byLoops(c: Case): readonly Float64Array[] {
  const [h, w] = c.size;
  const [kh, kw] = c.kernel;
  const rows = Math.floor((h + 2 * c.padding[0] - kh) / c.stride[0]) + 1;
  const columns = Math.floor((w + 2 * c.padding[1] - kw) / c.stride[1]) + 1;
  const [x, filter, bias] = shapesOf({ ...c, bias: true }).map(noiseValues) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const dy = noiseValues([BATCH, rows, columns, OUT], OF_OUTPUT);
  const y = new Float64Array(dy.length);
  const dx = new Float64Array(x.length);
  const dFilter = new Float64Array(filter.length);
  const dBias = new Float64Array(OUT);
  /** Calls `use` with the positions of each input and weight that contribute to output (n, r, q, o). */
  const taps = (
    n: number,
    r: number,
    q: number,
    o: number,
    use: (x: number, f: number) => void,
  ) => {
    for (let a = 0; a < kh; a++) {
      for (let b = 0; b < kw; b++) {
        const row = r * c.stride[0] - c.padding[0] + a;
        const column = q * c.stride[1] - c.padding[1] + b;
        if (row < 0 || row >= h || column < 0 || column >= w) continue;
        for (let i = 0; i < IN; i++) {
          use(((n * h + row) * w + column) * IN + i, ((a * kw + b) * IN + i) * OUT + o);
        }
      }
    }
  };
  for (let at = 0; at < y.length; at++) {
    const o = at % OUT;
    const q = Math.floor(at / OUT) % columns;
    const r = Math.floor(at / OUT / columns) % rows;
    const n = Math.floor(at / OUT / columns / rows);
    let sum = c.bias ? bias[o]! : 0;
    taps(n, r, q, o, (i, f) => {
      sum += x[i]! * filter[f]!;
    });
    y[at] = c.relu ? Math.max(0, sum) : sum;
    const error = c.relu && sum <= 0 ? 0 : dy[at]!;
    dBias[o]! += error;
    taps(n, r, q, o, (i, f) => {
      dx[i]! += error * filter[f]!;
      dFilter[f]! += error * x[i]!;
    });
  }
  return [y, dx, dFilter, dBias];
}
