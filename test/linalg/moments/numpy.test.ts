/**
 * The whitened SVD has the least error of outputs that NumPy finds: for stored small cases, and for larger ones where
 * there is a Python with NumPy. PIPELINE_PYTHON is its path.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { factorizeLayer } from '../../../src/linalg/factors.ts';
import { transpose } from '../../../src/linalg/matrix.ts';
import { svdWhitened } from '../../../src/linalg/methods/fitted/svd-whitened.ts';
import { relativeOutputError } from '../../../src/linalg/moments/output-error.ts';
import { MomentSum } from '../../../src/linalg/moments/second-moments.ts';
import { whitenLayer } from '../../../src/linalg/moments/whitened.ts';
import { multiply } from '../../../src/linalg/multiply.ts';
import { storedFactors } from '../../../src/linalg/stored.ts';
import { frobenius, subtract } from '../test-matrices.ts';

interface Known {
  readonly name: string;
  readonly outputs: number;
  readonly inputs: number;
  readonly rows: number;
  readonly ranks: readonly number[];
  readonly errors: readonly number[];
  readonly weight: readonly number[];
  readonly x: readonly number[];
}

interface Fixture {
  readonly by: string;
  readonly cases: readonly Known[];
}

const folder = new URL('../fixtures/', import.meta.url);

function check({ outputs: m, inputs: n, rows, ranks, errors, ...known }: Known): void {
  const weight = { rows: m, cols: n, data: Float32Array.from(known.weight) };
  const x = { rows, cols: n, data: Float32Array.from(known.x) };
  const sum = new MomentSum(n);
  sum.add(x);
  const moments = sum.moments();
  const whitened = whitenLayer(weight, moments);
  const layer = { weight: () => weight, factors: factorizeLayer(weight), whitened };
  const outputs = multiply(weight, transpose(x));
  for (const [i, rank] of ranks.entries()) {
    const stored = storedFactors(svdWhitened({ ...layer, moments: () => moments }, rank));
    const near = multiply(stored.left, multiply(stored.right, transpose(x)));
    const error = frobenius(subtract(outputs, near)) / frobenius(outputs);
    // One that is zero is rounding in the stored factors.
    expect(Math.abs(error - errors[i]!)).toBeLessThan(1e-4 * errors[i]! + 1e-6);
    expect(relativeOutputError(weight, stored, moments)).toBeCloseTo(error, 6);
  }
}

const stored = JSON.parse(readFileSync(new URL('moments.json', folder), 'utf8')) as Fixture;

describe(`stored cases by ${stored.by}`, () => {
  it.each(stored.cases)('$name', check);
});

const python = process.env.PIPELINE_PYTHON ?? 'python3';
const hasNumpy = spawnSync(python, ['-c', 'import numpy']).status === 0;

it.skipIf(!hasNumpy)('larger cases (skipped without a Python with NumPy)', () => {
  const script = fileURLToPath(new URL('make_moment_fixtures.py', folder));
  const options = { encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
  const text = execFileSync(python, [script, '--seed', '8', '--inputs', '120'], options);
  for (const known of (JSON.parse(text) as Fixture).cases) check(known);
});
