import { describe, expect, it } from 'vitest';
import { factorizeLayer } from '../../../src/linalg/factors.ts';
import { type Matrix, takeColumns, transpose, zeros } from '../../../src/linalg/matrix.ts';
import type { Factorization } from '../../../src/linalg/methods/compression-method.ts';
import { fittedMethodNamed } from '../../../src/linalg/methods/fitted/index.ts';
import type { LayerToFit } from '../../../src/linalg/methods/fitted/layer-to-fit.ts';
import {
  type FittedMethodName,
  fittedMethodNames,
} from '../../../src/linalg/methods/fitted/names.ts';
import { methodNamed } from '../../../src/linalg/methods/index.ts';
import { relativeOutputError } from '../../../src/linalg/moments/output-error.ts';
import { MomentSum } from '../../../src/linalg/moments/second-moments.ts';
import { whitenLayer } from '../../../src/linalg/moments/whitened.ts';
import { multiply } from '../../../src/linalg/multiply.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { scaleColumns } from '../../../src/linalg/scale.ts';
import { layerStatistics } from '../../../src/linalg/statistics.ts';
import { storedFactors } from '../../../src/linalg/stored.ts';
import { thinSvd } from '../../../src/linalg/svd.ts';
import { frobenius, gaussian, subtract } from '../test-matrices.ts';

function layerOf(a: Matrix, x: Matrix): LayerToFit {
  const sum = new MomentSum(x.cols);
  sum.add(x);
  const moments = sum.moments();
  return {
    weight: () => a,
    factors: factorizeLayer(a),
    whitened: whitenLayer(a, moments),
    moments: () => moments,
  };
}

/** Inputs of very different sizes that depend on each other and have a mean, in `directions` directions. */
function inputsOf(count: number, n: number, directions: number): Matrix {
  const scales = Float64Array.from({ length: n }, (_, j) => 10 ** ((j % 4) - 2));
  const x = scaleColumns(
    multiply(gaussian(count, directions, 1), gaussian(directions, n, 2)),
    scales,
  );
  return { ...x, data: Float32Array.from(x.data, (value, i) => value + 3 * scales[i % n]!) };
}

const [M, N] = [30, 40];

describe.each([
  ['more samples than inputs', inputsOf(300, N, N)],
  ['inputs in a few directions', inputsOf(300, N, 12)],
  ['fewer samples than inputs', inputsOf(25, N, N)],
  ['one sample', inputsOf(1, N, 3)],
  [
    'dead inputs',
    scaleColumns(
      inputsOf(300, N, N),
      Float64Array.from({ length: N }, (_, j) => (j % 3 === 0 ? 0 : 1)),
    ),
  ],
  ['tiny inputs', scaleColumns(inputsOf(300, N, N), new Float64Array(N).fill(1e-20))],
  ['huge inputs', scaleColumns(inputsOf(300, N, N), new Float64Array(N).fill(1e20))],
])('%s', (_, x) => {
  const a = gaussian(M, N, 3);
  const layer = layerOf(a, x);
  const outputs = multiply(a, transpose(x));
  const { s } = thinSvd(outputs);
  const optimum = (rank: number) => Math.hypot(...s.subarray(rank));

  const outputError = ({ left, right }: { readonly left: Matrix; readonly right: Matrix }) =>
    frobenius(subtract(outputs, multiply(left, multiply(right, transpose(x)))));
  const whole = frobenius(outputs);

  it('svd-whitened is the optimum, also as stored', () => {
    for (const rank of [1, 3, 8, 20, 30]) {
      const found = fittedMethodNamed('svd-whitened').fit(layer, rank);
      expect(found.rank).toBe(Math.min(rank, layer.whitened.s.length));
      const stored = storedFactors(found);
      expect(Math.abs(outputError(found) - optimum(rank)) / whole).toBeLessThan(1e-7);
      expect(Math.abs(outputError(stored) - optimum(rank)) / whole).toBeLessThan(1e-6);
      if (optimum(rank) > 1e-3 * whole) {
        expect(outputError(stored) / optimum(rank)).toBeLessThan(1 + 1e-4);
      }
      const measured = relativeOutputError(a, stored, layer.moments());
      expect(Math.abs(measured - outputError(stored) / whole)).toBeLessThan(1e-7);
    }
  });

  it('svd-whitened is never worse than the SVD on these samples', () => {
    for (let rank = 1; rank <= 30; rank++) {
      const svd = storedFactors(methodNamed('svd').compress(layer, rank, randomStream(0)));
      const ours = storedFactors(fittedMethodNamed('svd-whitened').fit(layer, rank));
      expect(outputError(ours)).toBeLessThanOrEqual(outputError(svd) + 1e-6 * whole);
    }
  });

  it('cur-whitened by rows keeps rows of the weight, and is within its bound of the optimum', () => {
    for (const rank of [1, 3, 8]) {
      const found = fittedMethodNamed('cur-whitened').fit(layer, rank);
      found.rows!.forEach((row, t) => {
        expect(found.right.data.slice(t * N, (t + 1) * N)).toEqual(
          a.data.slice(row * N, (row + 1) * N),
        );
      });
      const known = layer.whitened.ut(rank);
      if (known.rows < rank) continue;
      const eta = 1 / thinSvd(takeColumns(known, found.rows!)).s.at(-1)!;
      expect(outputError(found)).toBeLessThanOrEqual(eta * optimum(rank) + 1e-6 * whole);
      expect(outputError(found)).toBeGreaterThanOrEqual(optimum(rank) - 1e-6 * whole);
    }
  });

  it('cur-whitened by columns has the best right factor for its columns', () => {
    const found = fittedMethodNamed('cur-whitened').fit(layer, 8, { form: 'columns' });
    const along = multiply(thinSvd(found.left).ut, outputs);
    const best = Math.sqrt(Math.max(0, frobenius(outputs) ** 2 - frobenius(along) ** 2));
    expect(Math.abs(outputError(found) - best) / whole).toBeLessThan(1e-6);
  });

  it.each(fittedMethodNames)('%s is finite at each rank', (name: FittedMethodName) => {
    for (const rank of [1, 12, 30]) {
      const { left, right } = storedFactors(fittedMethodNamed(name).fit(layer, rank));
      expect([...left.data, ...right.data].every(Number.isFinite)).toBe(true);
    }
  });
});

it('weights of inputs that do not occur are minimal: zero', () => {
  const dead = Float64Array.from({ length: N }, (_, j) => (j % 3 === 0 ? 0 : 1));
  const layer = layerOf(gaussian(M, N, 3), scaleColumns(inputsOf(300, N, N), dead));
  const { left, right } = fittedMethodNamed('svd-whitened').fit(layer, 9);
  const product = multiply(left, right);
  for (let i = 0; i < product.data.length; i++) {
    if ((i % N) % 3 === 0) expect(Math.abs(product.data[i]!)).toBeLessThan(1e-12);
  }
});

it('takes inputs that are all zero', () => {
  const layer = layerOf(gaussian(5, 6, 1), zeros(4, 6));
  for (const name of fittedMethodNames) {
    for (const form of name === 'cur-whitened' ? (['columns', 'rows'] as const) : [undefined]) {
      const found = fittedMethodNamed(name).fit(layer, 3, { ...(form && { form }) });
      expect([...found.left.data, ...found.right.data].every(Number.isFinite)).toBe(true);
      expect(relativeOutputError(layer.weight(), found, layer.moments())).toBe(0);
    }
  }
});

describe('methods that also exist with statistics', () => {
  const a = gaussian(M, N, 3);
  const x = inputsOf(300, N, 12);
  const layer = layerOf(a, x);
  const older = { ...layer, statistics: layerStatistics(a, x) };

  it.each(['svd-output', 'svd-activation', 'cur-activation'] as const)('%s is the same', (name) => {
    const ours = fittedMethodNamed(name).fit(layer, 7);
    const theirs = methodNamed(name).compress(older, 7, randomStream(0));
    const product = multiply(theirs.left, theirs.right);
    const difference = frobenius(subtract(multiply(ours.left, ours.right), product));
    expect(difference / frobenius(product)).toBeLessThan(1e-6);
    expect(ours.columns).toEqual(theirs.columns);
    const biasOf = ({ bias }: Factorization) => [...(bias ?? [])].map((value) => value.toFixed(7));
    expect(biasOf(ours)).toEqual(biasOf(theirs));
  });

  it('the error of outputs counts the bias', () => {
    const found = fittedMethodNamed('svd-output').fit(layer, 4);
    const near = multiply(found.left, multiply(found.right, transpose(x)));
    const rest = subtract(multiply(a, transpose(x)), near);
    for (let i = 0; i < M; i++) {
      for (let t = 0; t < x.rows; t++) rest.data[i * x.rows + t]! -= found.bias![i]!;
    }
    const exact = frobenius(rest) / frobenius(multiply(a, transpose(x)));
    expect(relativeOutputError(a, found, layer.moments())).toBeCloseTo(exact, 9);
  });
});
