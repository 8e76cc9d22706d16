import { describe, expect, it } from 'vitest';
import { dequantized, int8Scales, int8Values } from '../../src/linalg/int8.ts';
import { randomStream } from '../../src/linalg/random.ts';

const stored = (data: Float32Array, channels: number) => {
  const scales = int8Scales(data, channels);
  return { scales, values: int8Values(data, scales) };
};

describe('weights in 8 bits', () => {
  it('have the scale max|w| / 127 per channel, and errors of at most half a step', () => {
    const random = randomStream(1, 'int8');
    const data = Float32Array.from({ length: 5 * 40 }, (_, i) => random.normal() * 10 ** (i / 40));
    const { scales, values } = stored(data, 5);
    const restored = dequantized({ scales, values });
    for (let channel = 0; channel < 5; channel++) {
      const own = data.subarray(40 * channel, 40 * (channel + 1));
      const largest = Math.max(...own.map(Math.abs));
      expect(scales[channel]).toBe(Math.fround(largest / 127));
      const errors = own.map((value, i) => Math.abs(value - restored[40 * channel + i]!));
      expect(Math.max(...errors)).toBeLessThanOrEqual(scales[channel]! * 0.5000001);
      const integers = values.subarray(40 * channel, 40 * (channel + 1));
      expect(Math.max(...integers.map(Math.abs))).toBe(127);
    }
  });

  it('round ties to even', () => {
    const data = Float32Array.of(127, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 3.49);
    expect([...stored(data, 1).values]).toEqual([127, 0, 2, 2, 0, -2, -2, 3]);
  });

  it('do not change when they are rounded again with their scales', () => {
    const random = randomStream(2, 'int8');
    for (let trial = 0; trial < 200; trial++) {
      const size = 10 ** (random.integer(70) - 36);
      const data = Float32Array.from({ length: 64 }, () => random.normal() * size);
      const first = stored(data, 4);
      const again = int8Values(dequantized(first), first.scales);
      expect(again).toEqual(first.values);
    }
  });

  it('of zero stay zero, and those below the range of the scale are finite', () => {
    const { scales, values } = stored(Float32Array.of(0, 0, 1e-44, -1e-40), 2);
    expect([...scales]).toEqual([1, 2 ** -126]);
    expect([...dequantized({ scales, values })].map(Math.abs)).toEqual([0, 0, 0, 0]);
    const large = stored(Float32Array.of(2 ** 128 - 2 ** 104, -1e38), 1);
    expect(dequantized(large).every(Number.isFinite)).toBe(true);
  });
});
