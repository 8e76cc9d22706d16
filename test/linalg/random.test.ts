import { describe, expect, it } from 'vitest';
import { naturalLog } from '../../src/linalg/natural-log.ts';
import { randomStream } from '../../src/linalg/random.ts';
import { chiSquareExcess } from './test-matrices.ts';

const SIGMAS = 5;

describe('randomStream', () => {
  it('never changes, because cached results depend on it', () => {
    const random = randomStream(7, 'layer', 'fc1');
    const drawn = [random.uniform(), random.normal(), random.normal(), random.integer(1000)];
    expect(drawn).toMatchInlineSnapshot(`
      [
        0.7889400461104248,
        -0.11206692926085157,
        -1.0139260819030063,
        229,
      ]
    `);
    expect(randomStream(7, 'order').permutation(8)).toMatchInlineSnapshot(`
      Uint32Array [
        2,
        4,
        3,
        6,
        5,
        7,
        0,
        1,
      ]
    `);
  });

  it('gives the same numbers for the same seed and names, and different ones for others', () => {
    const first = (seed: number, ...names: string[]) => randomStream(seed, ...names).uniform();
    expect(first(1, 'a', 'b')).toBe(first(1, 'a', 'b'));
    const all = [
      first(1),
      first(2),
      first(-1),
      first(2 ** 40),
      first(1, ''),
      first(1, 'a'),
      first(1, 'a', 'b'),
      first(1, 'ab'),
      first(1, 'b', 'a'),
      first(11, 'a'),
      first(1, '1', 'a'),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it.each([0.5, Number.NaN, 2 ** 53])('refuses the seed %s', (seed) => {
    expect(() => randomStream(seed)).toThrow(RangeError);
  });

  it('has uniforms in [0, 1) with the right moments and no preferred bin', () => {
    const random = randomStream(3, 'uniform');
    const count = 200_000;
    const bins = new Float64Array(100);
    let sum = 0;
    let outside = 0;
    for (let i = 0; i < count; i++) {
      const u = random.uniform();
      if (!(u >= 0 && u < 1)) outside++;
      bins[Math.floor(u * 100)]!++;
      sum += u;
    }
    expect(outside).toBe(0);
    expect(Math.abs(sum / count - 0.5)).toBeLessThan(SIGMAS / Math.sqrt(12 * count));
    const expected = count / 100;
    const chiSquare = bins.reduce((total, n) => total + (n - expected) ** 2 / expected, 0);
    expect(chiSquareExcess(chiSquare, 99)).toBeLessThan(SIGMAS);
  });

  it('has normals with the right moments and tails', () => {
    const random = randomStream(4, 'normal');
    const count = 200_000;
    const moments = [0, 0, 0, 0];
    let outside = 0;
    for (let i = 0; i < count; i++) {
      const z = random.normal();
      for (let p = 0; p < 4; p++) moments[p]! += z ** (p + 1) / count;
      if (Math.abs(z) > 1.959963984540054) outside++;
    }
    const expected = [0, 1, 0, 3];
    const variances = [1, 2, 15, 96];
    for (let p = 0; p < 4; p++) {
      const sigma = Math.sqrt(variances[p]! / count);
      expect(Math.abs(moments[p]! - expected[p]!)).toBeLessThan(SIGMAS * sigma);
    }
    expect(Math.abs(outside / count - 0.05)).toBeLessThan(SIGMAS * Math.sqrt(0.0475 / count));
  });

  it('has uncorrelated streams for similar names', () => {
    const count = 50_000;
    const streams = ['a', 'b', 'aa', 'a0', 'a1'].map((name) => randomStream(1, name));
    const values = streams.map((s) => Float64Array.from({ length: count }, () => s.normal()));
    for (let p = 0; p < values.length; p++) {
      for (let q = 0; q < p; q++) {
        let correlation = 0;
        for (let i = 0; i < count; i++) correlation += (values[p]![i]! * values[q]![i]!) / count;
        expect(Math.abs(correlation)).toBeLessThan(SIGMAS / Math.sqrt(count));
      }
    }
  });

  it('has first numbers that are uniform over consecutive seeds', () => {
    const count = 20_000;
    const bins = new Float64Array(64);
    for (let seed = 0; seed < count; seed++) {
      bins[Math.floor(randomStream(seed, 'x').uniform() * 64)]!++;
    }
    const chiSquare = bins.reduce((sum, n) => sum + (n - count / 64) ** 2 / (count / 64), 0);
    expect(Math.abs(chiSquareExcess(chiSquare, 63))).toBeLessThan(SIGMAS);
  });

  it('has unbiased integers', () => {
    const random = randomStream(5);
    const counts = new Float64Array(7);
    for (let i = 0; i < 70_000; i++) counts[random.integer(7)]!++;
    const chiSquare = counts.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0);
    expect(chiSquareExcess(chiSquare, 6)).toBeLessThan(SIGMAS);
    expect(random.integer(1)).toBe(0);
    expect(() => random.integer(0)).toThrow(RangeError);
  });

  it('has permutations, each equally likely', () => {
    const random = randomStream(6);
    expect([...random.permutation(1000)].sort((a, b) => a - b)).toEqual([...Array(1000).keys()]);
    expect(random.permutation(0)).toHaveLength(0);
    const seen = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = random.permutation(4).join('');
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect(seen.size).toBe(24);
    const chiSquare = [...seen.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(chiSquareExcess(chiSquare, 23)).toBeLessThan(SIGMAS);
  });
});

describe('naturalLog', () => {
  it('agrees with the engine to the last bits', () => {
    const random = randomStream(8);
    const points = [1, 0.5, Math.SQRT1_2, 1 - 2 ** -53, 2 ** -105];
    for (let i = 0; i < 20_000; i++) points.push(random.uniform() ** (1 + (i % 20)) || 1);
    for (const x of points) {
      expect(Math.abs(naturalLog(x) - Math.log(x))).toBeLessThanOrEqual(
        2 * Number.EPSILON * Math.abs(Math.log(x)),
      );
    }
  });
});
