import { describe, expect, it } from 'vitest';
import { relativeError, relativeOptimum } from '../../../src/linalg/errors.ts';
import { factorizeLayer, type LayerFactors } from '../../../src/linalg/factors.ts';
import { type Matrix, transpose } from '../../../src/linalg/matrix.ts';
import { svd } from '../../../src/linalg/methods/svd.ts';
import { multiply } from '../../../src/linalg/multiply.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { frobenius, gaussian, orthonormalityError } from '../test-matrices.ts';

describe('svd', () => {
  const a = gaussian(30, 70, 1);
  const factors = factorizeLayer(a);

  it('reads k vectors and neither the weight nor any norm', () => {
    const asked: number[] = [];
    const recorded = (read: (k: number) => Matrix) => (k: number) => {
      asked.push(k);
      return read(k);
    };
    const { rows, cols, s } = factors;
    const partial = {
      rows,
      cols,
      s,
      ut: recorded((k) => factors.ut(k)),
      vt: recorded((k) => factors.vt(k)),
    } as unknown as LayerFactors;
    const unread = () => {
      throw new Error('the weight was read');
    };
    expect(svd({ weight: unread, factors: partial }, 4, randomStream(1)).rank).toBe(4);
    expect(asked).toEqual([4, 4]);
  });

  it('puts the scale into the right factor: left = U_k, right = S_k V_k^T', () => {
    const { left, right } = svd({ weight: () => a, factors }, 9, randomStream(1));
    expect(orthonormalityError(transpose(left))).toBeLessThan(1e-12);
    for (let t = 0; t < 9; t++) {
      const row = { rows: 1, cols: 70, data: right.data.subarray(t * 70, (t + 1) * 70) };
      expect(frobenius(row)).toBeCloseTo(factors.s[t]!, 12);
    }
    expect(relativeError(a, left, right)).toBeCloseTo(relativeOptimum(factors, 9), 12);
  });

  it('stores no more than the numerical rank, and is exact from there on', () => {
    const b = multiply(gaussian(40, 5, 2), gaussian(5, 20, 3));
    const layer = { weight: () => b, factors: factorizeLayer(b) };
    const { left, right, rank } = svd(layer, 15, randomStream(1));
    expect(rank).toBe(5);
    expect(relativeError(b, left, right)).toBeLessThan(1e-13);
  });
});
