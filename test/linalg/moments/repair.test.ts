import { describe, expect, it } from 'vitest';
import { factorizeLayer } from '../../../src/linalg/factors.ts';
import { type Matrix, transpose, zeros } from '../../../src/linalg/matrix.ts';
import { methodNamed } from '../../../src/linalg/methods/index.ts';
import { pairedMoments, samePairs } from '../../../src/linalg/moments/paired-moments.ts';
import {
  errorOn,
  type LayerToRepair,
  type PairedMoments,
  repairRight,
} from '../../../src/linalg/moments/repair.ts';
import { MomentSum } from '../../../src/linalg/moments/second-moments.ts';
import { multiply } from '../../../src/linalg/multiply.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { thinSvd } from '../../../src/linalg/svd.ts';
import { frobenius, gaussian, subtract } from '../test-matrices.ts';

const [M, N] = [12, 16];
const a = gaussian(M, N, 1);

/** [X, X'], where X' = X + X E + noise: what a compressed layer before this one does. */
function samples(count: number, seed: number, { noise = 0.02, dead = false } = {}) {
  const x = gaussian(count, N, seed);
  const shifted = multiply(x, gaussian(N, N, 99));
  const random = gaussian(count, N, seed + 50);
  const actual = zeros(count, N);
  for (let i = 0; i < actual.data.length; i++) {
    actual.data[i] = x.data[i]! + 0.1 * shifted.data[i]! + noise * random.data[i]! + 0.5;
    if (dead && i % N < 5) actual.data[i] = 0;
  }
  const sum = new MomentSum(2 * N);
  const both = zeros(count, 2 * N);
  for (let i = 0; i < count; i++) {
    both.data.set(x.data.subarray(i * N, (i + 1) * N), 2 * i * N);
    both.data.set(actual.data.subarray(i * N, (i + 1) * N), (2 * i + 1) * N);
  }
  sum.add(both);
  return { x, actual, moments: pairedMoments(sum.moments()) };
}

function exactError(
  { x, actual }: { readonly x: Matrix; readonly actual: Matrix },
  left: Matrix,
  right: Matrix,
  shift: Float64Array = new Float64Array(M),
): number {
  const wanted = multiply(a, transpose(x));
  for (let i = 0; i < wanted.data.length; i++) wanted.data[i]! += shift[Math.floor(i / x.rows)]!;
  const near = multiply(left, multiply(right, transpose(actual)));
  return frobenius(subtract(wanted, near)) / frobenius(wanted);
}

const repaired = (layer: LayerToRepair, calibration: PairedMoments, heldOut: PairedMoments) =>
  repairRight(layer, calibration, {
    calibration: errorOn(layer, calibration),
    heldOut: errorOn(layer, heldOut),
  });

const relativeErrorOf = (layer: LayerToRepair, moments: PairedMoments) =>
  errorOn(layer, moments)(layer.right);

const layer = { weight: () => a, factors: factorizeLayer(a) };
const RANK = 6;

describe.each([
  ['many samples', samples(4000, 2), samples(1000, 3)],
  ['as many as inputs', samples(16, 2), samples(200, 3)],
  ['fewer than inputs', samples(5, 2), samples(200, 3)],
  ['dead inputs', samples(400, 2, { dead: true }), samples(200, 3, { dead: true })],
  ['one sample', samples(1, 2), samples(1, 3)],
])('%s', (_, calibration, heldOut) => {
  it.each(['svd', 'svd-balanced', 'cur-deim', 'cur-published'] as const)(
    'the repair of %s is never worse, on the samples and on the held-out ones',
    (name) => {
      const { left, right } = methodNamed(name).compress(layer, RANK, randomStream(1));
      for (const shift of [undefined, gaussian(1, M, 7).data]) {
        const given = { weight: a, left, right, shift };
        const found = repaired(given, calibration.moments, heldOut.moments);
        for (const some of [calibration, heldOut]) {
          const before = exactError(some, left, right, shift);
          const after = exactError(some, left, found.right, shift);
          expect(after).toBeLessThanOrEqual(before + 1e-7);
          expect(relativeErrorOf(given, some.moments)).toBeCloseTo(before, 6);
          expect(relativeErrorOf({ ...given, right: found.right }, some.moments)).toBeCloseTo(
            after,
            6,
          );
        }
        if (found.ridge === null) expect(found.right).toBe(right);
      }
    },
  );
});

it('is the least-squares optimum with many samples, but for the ridge', () => {
  const [calibration, heldOut] = [samples(4000, 2), samples(4000, 3)];
  const { left, right } = methodNamed('svd').compress(layer, RANK, randomStream(0));
  const found = repaired({ weight: a, left, right }, calibration.moments, heldOut.moments);
  expect(found.ridge).not.toBeNull();
  const wanted = multiply(a, transpose(calibration.x));
  // The part of the wanted outputs in the span of L and of the rows of X', by orthonormal bases of both.
  const { ut } = thinSvd(left);
  const { vt } = thinSvd(transpose(calibration.actual));
  const inside = multiply(multiply(ut, wanted), transpose(vt));
  const best = Math.sqrt(frobenius(wanted) ** 2 - frobenius(inside) ** 2) / frobenius(wanted);
  const error = exactError(calibration, left, found.right);
  expect(error).toBeLessThan(0.9 * exactError(calibration, left, right));
  expect(error / best).toBeLessThan(1 + 2e-3);
  expect(error / best).toBeGreaterThan(1 - 1e-9);
});

it('leaves the factor alone if the inputs are unchanged and it is optimal, or if they are zero', () => {
  const { left, right } = methodNamed('svd').compress(layer, RANK, randomStream(0));
  const x = gaussian(100, N, 5);
  const same = zeros(100, 2 * N);
  for (let i = 0; i < 100; i++) {
    same.data.set(x.data.subarray(i * N, (i + 1) * N), 2 * i * N);
    same.data.set(x.data.subarray(i * N, (i + 1) * N), (2 * i + 1) * N);
  }
  const sum = new MomentSum(2 * N);
  sum.add(same);
  const moments = pairedMoments(sum.moments());
  const found = repaired({ weight: a, left, right }, moments, moments);
  expect(frobenius(subtract(multiply(left, found.right), multiply(left, right)))).toBeLessThan(
    1e-7,
  );
  const none = new MomentSum(2 * N);
  none.add(zeros(3, 2 * N));
  const zero = pairedMoments(none.moments());
  expect(repaired({ weight: a, left, right }, zero, zero)).toEqual({ right, ridge: null });
  expect(relativeErrorOf({ weight: a, left, right }, zero)).toBe(0);
});

it('projects on the columns if the inputs are the same', () => {
  const sum = new MomentSum(N);
  sum.add(gaussian(100, N, 5));
  const moments = samePairs(sum.moments());
  const { left } = methodNamed('svd').compress(layer, RANK, randomStream(0));
  const right = gaussian(RANK, N, 8);
  const shifts = [undefined, gaussian(M, 1, 7).data, gaussian(M, 1, 9).data];
  for (const shift of shifts) {
    const given = { weight: a, left, right, shift };
    const found = repaired(given, moments, moments);
    expect(found.ridge).toBe(0);
    const after = relativeErrorOf({ ...given, right: found.right }, moments);
    expect(after).toBeLessThan(relativeErrorOf(given, moments));
  }
  const best = repaired({ weight: a, left, right }, moments, moments);
  const exact = multiply(transpose(left), a);
  expect(frobenius(subtract(best.right, exact))).toBeLessThan(1e-10);
});
