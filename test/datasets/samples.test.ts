import { describe, expect, it } from 'vitest';
import { activationSamples } from '../../src/datasets/activation-samples.ts';
import type { ImageSet } from '../../src/datasets/image-set.ts';
import { preprocess } from '../../src/datasets/preprocess.ts';
import type { Samples } from '../../src/datasets/samples.ts';
import { subset } from '../../src/datasets/subset.ts';

const images: ImageSet = {
  count: 3,
  height: 2,
  width: 2,
  channels: 2,
  classes: 10,
  pixels: Uint8Array.from({ length: 24 }, (_, i) => i * 10),
  labels: Uint8Array.of(5, 6, 7),
};
const statistics = { mean: [0.5, 0.25], std: [0.5, 2] };

describe('preprocess', () => {
  it('scales and normalises each channel', () => {
    const samples = preprocess(images, { size: 2, ...statistics });
    expect(samples).toMatchObject({ count: 3, shape: [2, 2, 2], classes: 10 });
    const out = filled(samples, [2, 0]);
    for (const [place, image] of [2, 0].entries()) {
      for (let i = 0; i < 8; i += 1) {
        const c = i % 2;
        const expected = (((image * 8 + i) * 10) / 255 - statistics.mean[c]!) / statistics.std[c]!;
        expect(out[place * 8 + i]).toBeCloseTo(expected, 6);
      }
    }
  });

  it('enlarges, and does not change images that already have the size', () => {
    const samples = preprocess(images, { size: 4, ...statistics });
    expect(samples.shape).toEqual([4, 4, 2]);
    const large = filled(samples, [1]);
    const small = filled(preprocess(images, { size: 2, ...statistics }), [1]);
    // The corners of the enlarged image are those of the source.
    for (const [at, from] of [
      [0, 0],
      [6, 2],
      [24, 4],
      [30, 6],
    ] as const) {
      expect(large[at]).toBeCloseTo(small[from]!, 6);
      expect(large[at + 1]).toBeCloseTo(small[from + 1]!, 6);
    }
  });

  it('refuses a sample that does not exist, and statistics for other channels', () => {
    const samples = preprocess(images, { size: 2, ...statistics });
    expect(() => filled(samples, [3])).toThrow('no sample 3 of 3');
    expect(() => filled(samples, [-1])).toThrow('no sample -1 of 3');
    expect(() => preprocess(images, { size: 2, mean: [0.5], std: [1] })).toThrow('2 channels');
  });
});

describe('subset', () => {
  it('has the samples at the indices, in their order', () => {
    const samples = preprocess(images, { size: 2, ...statistics });
    const part = subset(samples, [2, 0, 2]);
    expect([...part.labels]).toEqual([7, 5, 7]);
    expect(filled(part, [1, 2])).toEqual(filled(samples, [0, 2]));
    expect(() => filled(part, [3])).toThrow('no sample 3 of 3');
  });

  it.each([[3], [-1], [0.5], [Number.NaN]])('refuses index %s', (index) => {
    expect(() => subset(preprocess(images, { size: 2, ...statistics }), [0, index])).toThrow(
      RangeError,
    );
  });
});

describe('activationSamples', () => {
  it('reads rows of the values', () => {
    const samples = activationSamples(Float32Array.of(1, 2, 3, 4, 5, 6), [2], images.labels, 10);
    expect(samples).toMatchObject({ count: 3, shape: [2], classes: 10 });
    expect([...filled(samples, [2, 1])]).toEqual([5, 6, 3, 4]);
    expect(() => filled(samples, [3])).toThrow('no sample 3 of 3');
  });

  it('requires as many values as the labels and the shape need', () => {
    expect(() => activationSamples(new Float32Array(5), [2], images.labels, 10)).toThrow(
      '3 activations of 2 are 6 values, got 5',
    );
  });
});

function filled(samples: Samples, indices: readonly number[]): Float32Array {
  const length = samples.shape.reduce((product, dim) => product * dim, 1);
  const out = new Float32Array(indices.length * length);
  samples.fill(indices, out);
  return out;
}
