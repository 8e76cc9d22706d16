import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { permuteAxes } from '../../src/linalg/kernel-matrix.ts';
import { type Matrix64, zeros } from '../../src/linalg/matrix.ts';
import { multiply } from '../../src/linalg/multiply.ts';
import { randomStream } from '../../src/linalg/random.ts';
import { thinSvd } from '../../src/linalg/svd.ts';
import {
  channelBases,
  type Kernel,
  reconstruct,
  type Tucker2,
  tucker2,
  tuckerParameters,
  tuckerRanks,
} from '../../src/linalg/tucker.ts';
import { frobenius, gaussian, orthonormalityError, subtract } from './test-matrices.ts';

interface Fixture {
  readonly shape: readonly [number, number, number, number];
  readonly kernel: readonly number[];
  readonly cases: readonly {
    readonly ranks: { readonly out: number; readonly in: number };
    readonly error: number;
    readonly reconstruction: readonly number[];
  }[];
}

const fixture: Fixture = JSON.parse(
  readFileSync(new URL('./fixtures/tucker.json', import.meta.url), 'utf8'),
);

function noise(out: number, channels: number, window: number, seed: number): Kernel {
  return { out, in: channels, window, data: gaussian(out, channels * window, seed).data };
}

const asMatrix = ({ out, data }: Kernel): Matrix64 => ({
  rows: out,
  cols: data.length / out,
  data: Float64Array.from(data),
});

const trueError = (kernel: Kernel, found: Tucker2) =>
  frobenius(subtract(asMatrix(kernel), reconstruct(found)));

/** A kernel whose channel ranks are exactly r3 and r4, up to rounding. */
function ofRanks(kernel: Omit<Kernel, 'data'>, r3: number, r4: number): Kernel {
  const { out, in: channels, window } = kernel;
  const core = permuteAxes(gaussian(r4, r3 * window, 3).data, [r4, r3, window], [0, 2, 1]);
  const wide = multiply({ rows: r4 * window, cols: r3, data: core }, gaussian(r3, channels, 4));
  const data = permuteAxes(wide.data, [r4, window, channels], [0, 2, 1]);
  const whole = multiply(gaussian(out, r4, 5), { rows: r4, cols: channels * window, data });
  return { ...kernel, data: whole.data };
}

describe('tucker2', () => {
  const [out, channels, height, width] = fixture.shape;
  const kernel: Kernel = {
    out,
    in: channels,
    window: height * width,
    data: Float64Array.from(fixture.kernel),
  };

  it.each(fixture.cases)('agrees with TensorLy at ranks $ranks', (expected) => {
    const found = tucker2(kernel, expected.ranks, { sweeps: 150, tolerance: 0 });
    const norm = frobenius(asMatrix(kernel));
    expect(Math.abs(found.error - expected.error)).toBeLessThan(1e-12 * norm);
    const whole = { ...asMatrix(kernel), data: Float64Array.from(expected.reconstruction) };
    expect(frobenius(subtract(reconstruct(found), whole))).toBeLessThan(1e-10 * norm);
  });

  it('has orthonormal factors, and the reported error', () => {
    for (const seed of [1, 2, 3]) {
      const k = noise(7, 5, 4, seed);
      for (const ranks of [
        { in: 1, out: 1 },
        { in: 3, out: 4 },
        { in: 5, out: 2 },
        { in: 5, out: 7 },
      ]) {
        const found = tucker2(k, ranks);
        expect([found.in.rows, found.out.rows]).toEqual([ranks.in, ranks.out]);
        expect([found.core.rows, found.core.cols]).toEqual([ranks.out, ranks.in * 4]);
        expect(orthonormalityError(found.in)).toBeLessThan(1e-13);
        expect(orthonormalityError(found.out)).toBeLessThan(1e-13);
        const norm = Math.sqrt(found.squaredNorm);
        expect(Math.abs(found.error - trueError(k, found))).toBeLessThan(1e-12 * norm);
      }
    }
  });

  it('does not get worse in any sweep after the HOSVD, and stays within the bounds of both', () => {
    const k = noise(12, 9, 9, 4);
    const ranks = { in: 4, out: 5 };
    const bases = channelBases(k);
    let before = Number.POSITIVE_INFINITY;
    const errors: number[] = [];
    for (const sweeps of [0, 1, 2, 4, 8, 16]) {
      const { error } = tucker2(k, ranks, { bases, sweeps, tolerance: 0 });
      expect(error).toBeLessThanOrEqual(before * (1 + 1e-14));
      before = error;
      errors.push(error);
    }
    expect(errors.at(-1)).toBeLessThan(0.999 * errors[0]!);
    // The optimum of either mode is a lower bound. The sum of both is an upper bound.
    const tailOf = (rows: number, data: Float32Array | Float64Array, rank: number) =>
      thinSvd({ rows, cols: data.length / rows, data })
        .s.subarray(rank)
        .reduce((sum, value) => sum + value ** 2, 0);
    const byOut = tailOf(12, k.data, ranks.out);
    const byIn = tailOf(9, permuteAxes(k.data, [12, 9, 9], [1, 0, 2]), ranks.in);
    expect(errors.at(-1)! ** 2).toBeGreaterThan(Math.max(byOut, byIn));
    expect(errors[0]! ** 2).toBeLessThan(byOut + byIn);
  });

  it('finds a kernel of low channel ranks exactly', () => {
    const shape = { out: 12, in: 10, window: 9 };
    const k = ofRanks(shape, 3, 4);
    const exact = tucker2(k, { in: 3, out: 4 });
    expect(exact.error).toBeLessThan(1e-12 * Math.sqrt(exact.squaredNorm));
    const above = tucker2(k, { in: 5, out: 7 });
    expect(above.error).toBeLessThan(1e-12 * Math.sqrt(above.squaredNorm));
    expect(orthonormalityError(above.out)).toBeLessThan(1e-12);
    const below = tucker2(k, { in: 2, out: 4 });
    expect(below.error).toBeGreaterThan(1e-3 * Math.sqrt(below.squaredNorm));
  });

  it('allows zero and denormal filters, duplicates and a zero kernel', () => {
    const k = noise(6, 5, 9, 8);
    const data = Float32Array.from(k.data);
    const filter = 5 * 9;
    data.fill(0, 0, filter);
    data.fill(1e-41, filter, 2 * filter);
    data.copyWithin(2 * filter, 3 * filter, 4 * filter);
    const found = tucker2({ ...k, data }, { in: 5, out: 5 });
    // At most four filters differ, next to denormal ones.
    expect(found.error).toBeLessThan(1e-12 * Math.sqrt(found.squaredNorm));
    expect(orthonormalityError(found.out)).toBeLessThan(1e-12);
    const zero = tucker2({ ...k, data: data.fill(0) }, { in: 2, out: 3 });
    expect([zero.error, zero.squaredNorm]).toEqual([0, 0]);
    expect([zero.in.rows, zero.out.rows]).toEqual([2, 3]);
    expect(reconstruct(zero)).toEqual(zeros(6, 45));
  });
});

describe('tuckerRanks', () => {
  it('are the largest proportional ones that fit, for any shape and rate', () => {
    const random = randomStream(3, 'tucker-ranks');
    for (let trial = 0; trial < 300; trial++) {
      const shape = {
        out: 1 + random.integer(40),
        in: 1 + random.integer(40),
        window: [1, 9, 25][random.integer(3)]!,
      };
      const rate = 0.5 + 30 * random.uniform() ** 2;
      const found = tuckerRanks(shape, rate);
      const allowed = (shape.out * shape.in * shape.window) / rate;
      const at = (a: number) => {
        const r3 = Math.max(1, Math.round(a * shape.in));
        const r4 = Math.max(1, Math.round(a * shape.out));
        return { in: Math.min(r3, r4 * shape.window), out: Math.min(r4, r3 * shape.window) };
      };
      // Every a at which a rank changes, and slightly more.
      const steps = [...Array(shape.in).keys()]
        .map((i) => (i + 0.5) / shape.in)
        .concat([...Array(shape.out).keys()].map((i) => (i + 0.5) / shape.out))
        .flatMap((a) => [a, a + 1e-9])
        .sort((a, b) => a - b);
      const fitting = steps.map(at).filter((ranks) => tuckerParameters(shape, ranks) <= allowed);
      expect(found).toEqual(fitting.at(-1) ?? { in: 1, out: 1 });
    }
  });

  it('are at least 1, at most the channels, and never more than the core can use', () => {
    expect(tuckerRanks({ out: 64, in: 3, window: 9 }, 1000)).toEqual({ in: 1, out: 1 });
    expect(tuckerRanks({ out: 64, in: 3, window: 9 }, 0.1)).toEqual({ in: 3, out: 27 });
    expect(tuckerRanks({ out: 5, in: 5, window: 1 }, 0.1)).toEqual({ in: 5, out: 5 });
    expect(() => tuckerRanks({ out: 5, in: 5, window: 1 }, 0)).toThrow(RangeError);
    const shape = { out: 512, in: 512, window: 9 };
    const ranks = tuckerRanks(shape, 10);
    expect(ranks.in).toBe(ranks.out);
    expect(tuckerParameters(shape, ranks)).toBeLessThanOrEqual((512 * 512 * 9) / 10);
    const more = { in: ranks.in + 1, out: ranks.out + 1 };
    expect(tuckerParameters(shape, more)).toBeGreaterThan((512 * 512 * 9) / 10);
  });
});
