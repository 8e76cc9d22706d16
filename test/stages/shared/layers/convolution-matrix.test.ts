/** The matrices and kernels of foreign convolutions are those of our own networks. */
import { describe, expect, it } from 'vitest';
import { permuteAxes } from '../../../../src/linalg/kernel-matrix.ts';
import { multiply } from '../../../../src/linalg/multiply.ts';
import { randomStream } from '../../../../src/linalg/random.ts';
import { convolutionSchemes } from '../../../../src/nn/factored/schemes/index.ts';
import { kernelMatrix } from '../../../../src/stages/shared/layers/convolution-matrix.ts';

const random = randomStream(0, 'kernels');
const filled = (length: number) => Float32Array.from({ length }, () => random.uniform() - 0.5);
const layer = {
  kind: 'convolution',
  name: 'c',
  in: 4,
  out: 5,
  kernel: [3, 2],
  stride: [2, 1],
  padding: [1, 0],
  bias: false,
} as const;
const shape = [5, 4, 3, 2];
const kernel = filled(120);

describe.each(convolutionSchemes)('the scheme $name', (scheme) => {
  const form = kernelMatrix(shape, scheme.name)!;
  const rank = 3;
  const factors = {
    rank,
    left: { rows: form.rows, cols: rank, data: filled(form.rows * rank) },
    core: { rows: rank, cols: rank, data: filled(rank * rank) },
    right: { rows: rank, cols: form.cols, data: filled(rank * form.cols) },
  };

  it('has the same matrix', () => {
    expect(form.matrix(kernel)).toEqual(scheme.matrix(layer, { shape, data: kernel }));
  });

  it('has the same kernels', () => {
    const replaced = scheme.replace(layer, factors, undefined);
    for (const suffix of ['right', 'core', 'left'] as const) {
      const { keeps, ...part } = form[suffix](factors[suffix]);
      expect(part).toEqual(replaced.weights.get(`c.${suffix}.weight`));
      const described = replaced.layers.find((one) => 'name' in one && one.name === `c.${suffix}`);
      expect(described).toMatchObject({
        kernel: layer.kernel.map((extent, axis) => (keeps[axis] ? extent : 1)),
        stride: layer.stride.map((step, axis) => (keeps[axis] ? step : 1)),
        padding: layer.padding.map((zeros, axis) => (keeps[axis] ? zeros : 0)),
      });
    }
  });
});

describe.each([
  { shape: [6, 4, 5], scheme: 'channel' },
  { shape: [6, 4, 5], scheme: 'input' },
  { shape: [6, 4, 2, 3, 2], scheme: 'channel' },
  { shape: [6, 4, 2, 3, 2], scheme: 'input' },
])('a kernel of $shape by $scheme', ({ shape: extents, scheme }) => {
  it('is the product of its parts, summed over the channels between them', () => {
    const form = kernelMatrix(extents, scheme)!;
    const [out, channels, ...window] = extents as [number, number, ...number[]];
    const size = window.reduce((product, extent) => product * extent, 1);
    const rank = 2;
    const left = { rows: form.rows, cols: rank, data: filled(form.rows * rank) };
    const right = { rows: rank, cols: form.cols, data: filled(rank * form.cols) };
    const [first, second] = [form.right(right), form.left(left)];
    // Only one of the parts has a window, so their kernels are matrices apart from it.
    const product = new Float32Array(out * channels * size);
    for (let o = 0; o < out; o++)
      for (let c = 0; c < channels; c++)
        for (let w = 0; w < size; w++)
          for (let r = 0; r < rank; r++)
            product[(o * channels + c) * size + w]! +=
              scheme === 'channel'
                ? second.data[o * rank + r]! * first.data[(r * channels + c) * size + w]!
                : second.data[(o * rank + r) * size + w]! * first.data[r * channels + c]!;
    const expected = multiply(left, right).data;
    const found = form.matrix(product).data;
    for (let i = 0; i < expected.length; i++) expect(found[i]).toBeCloseTo(expected[i]!, 5);
    // The matrix has all entries of the kernel once.
    const numbered = Float32Array.from({ length: product.length }, (_, i) => i);
    expect([...form.matrix(numbered).data].sort((a, b) => a - b)).toEqual([...numbered]);
    expect(
      permuteAxes(
        numbered,
        extents,
        extents.map((_, axis) => axis),
      ),
    ).toEqual(numbered);
  });
});

it('has no spatial form for a kernel with one axis, or with three', () => {
  expect(kernelMatrix([6, 4, 5], 'spatial')).toBeUndefined();
  expect(kernelMatrix([6, 4, 2, 3, 2], 'spatial')).toBeUndefined();
});
