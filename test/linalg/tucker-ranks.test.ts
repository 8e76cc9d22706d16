/** Tucker-2 uses the weights that its rate allows. After it is stored, its error is the reported one. */

import { describe, expect, it } from 'vitest';
import { zeros } from '../../src/linalg/matrix.ts';
import { randomStream } from '../../src/linalg/random.ts';
import { relativeTuckerError, storedTucker } from '../../src/linalg/stored-tucker.ts';
import {
  channelBases,
  type Kernel,
  reconstruct,
  tucker2,
  tuckerParameters,
  tuckerRanks,
} from '../../src/linalg/tucker.ts';
import { fillingRanks } from '../../src/linalg/tucker-ranks.ts';
import { nastyMatrices } from './nasty-matrices.ts';
import { frobenius, gaussian, subtract } from './test-matrices.ts';

const noise = (out: number, channels: number, window: number): Kernel => ({
  ...{ out, in: channels, window },
  data: Float32Array.from(gaussian(out, channels * window, 1).data),
});

describe('ranks that fill a budget', () => {
  it.each([
    [8, 3, 9, 2, 2.5],
    [3, 100, 25, 1.01, 1.2],
    [16, 8, 9, 2, 2.1],
    [64, 64, 9, 4, 4.1],
  ])('%i filters of %i channels, windows of %i: rate %d', (out, channels, window, rate, most) => {
    const kernel = noise(out, channels, window);
    const { energies } = channelBases(kernel);
    const ranks = fillingRanks(kernel, rate, energies);
    const achieved = (out * channels * window) / tuckerParameters(kernel, ranks);
    expect(achieved).toBeGreaterThanOrEqual(rate);
    expect(achieved).toBeLessThan(most);
  });

  it('leave no room for another channel, and lose no more than proportional ranks', () => {
    const random = randomStream(5, 'filling');
    for (let trial = 0; trial < 60; trial++) {
      const [out, channels] = [1 + random.integer(24), 1 + random.integer(24)];
      const kernel = noise(out, channels, [1, 9, 25][random.integer(3)]!);
      const rate = 1 + 12 * random.uniform() ** 2;
      const bases = channelBases(kernel);
      const budget = (out * channels * kernel.window) / rate;
      const plain = tuckerRanks(kernel, rate);
      const ranks = fillingRanks(kernel, rate, bases.energies);
      const fits = (more: object) => tuckerParameters(kernel, { ...ranks, ...more }) <= budget;
      if (!fits({})) {
        expect(ranks).toEqual({ in: 1, out: 1 });
        continue;
      }
      const { in: r3, out: r4 } = ranks;
      if (r3 < Math.min(channels, r4 * kernel.window)) expect(fits({ in: r3 + 1 })).toBe(false);
      if (r4 < Math.min(out, r3 * kernel.window)) expect(fits({ out: r4 + 1 })).toBe(false);
      const before = tucker2(kernel, plain, { bases }).error;
      expect(tucker2(kernel, ranks, { bases }).error).toBeLessThanOrEqual(before * (1 + 1e-9));
    }
  });

  it('spend nothing on empty channels', () => {
    const kernel = noise(12, 12, 9);
    const twice = kernel.data.map((_, i) => kernel.data[i % (2 * 108)]!);
    const { energies } = channelBases({ ...kernel, data: twice });
    expect(fillingRanks(kernel, 1.5, energies).out).toBeLessThanOrEqual(
      Math.max(2, tuckerRanks(kernel, 1.5).out),
    );
  });
});

it.each(nastyMatrices.filter(({ a }) => a.rows > 1 && a.cols % 2 === 0))(
  'stores what its error says: $name',
  ({ a }) => {
    const kernel: Kernel = { out: a.rows, in: a.cols / 2, window: 2, data: a.data };
    const ranks = { in: Math.ceil(kernel.in / 2), out: Math.ceil(kernel.out / 2) };
    const stored = storedTucker(tucker2(kernel, ranks));
    for (const { data } of [stored.in, stored.core, stored.out]) {
      expect(data).toBeInstanceOf(Float32Array);
      expect(data.every(Number.isFinite)).toBe(true);
    }
    const norm = frobenius(a);
    const wide = { ...zeros(a.rows, a.cols), data: Float64Array.from(a.data) };
    const exact = norm === 0 ? 0 : frobenius(subtract(wide, reconstruct(stored))) / norm;
    expect(relativeTuckerError(kernel, stored)).toBeCloseTo(exact, 12);
  },
);
