import { it } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import { startBackend } from '../../src/nn/backends/start.ts';
import { backendProducts } from '../../src/nn/products.ts';
import { randomizedSvd } from '../../src/linalg/randomized-svd.ts';
import { randomStream } from '../../src/linalg/random.ts';
import { scaleRows } from '../../src/linalg/scale.ts';
import { optimalError } from '../../src/linalg/errors.ts';
import { transpose, takeRows, zeros } from '../../src/linalg/matrix.ts';
import { multiply } from '../../src/linalg/multiply.ts';
import { withSpectrum, residual, toFloat32, frobenius, gaussian, orthonormalityError } from './test-matrices.ts';
it('tries', async () => {
  await startBackend('wasm');
  const p = backendProducts();
  const [m, n] = [300, 500];
  const list: any[] = Object.entries({ sqrt: (i: number) => 1/Math.sqrt(1+i), inv: (i: number) => 1/(1+i), fast: (i:number)=>0.75**i, step20: (i: number) => i<20?1:0.05,step30: (i: number) => i<30?1:0.05, flat: (i: number) => 1 - i/1000 }).map(([name, f]) => [name, withSpectrum(m, n, Float64Array.from({length: m}, (_, i) => f(i)), 5)]);
  list.push(['deficient', multiply(gaussian(m,6,1), gaussian(6,n,2))], ['structured', takeRows(multiply(gaussian(4,6,1), gaussian(6,n,2)), Array.from({length:m},(_, i)=>i%4))], ['zero', zeros(m,n)]);
  const { thinSvd } = await import('../../src/linalg/svd.ts');
  for (const [name, a64] of list) {
    const a = toFloat32(a64); const s = thinSvd(a64).s;
    for (const k of [20, 60]) for (const b of [a, transpose(a)]) {
      const before = tf.memory().numTensors;
      const svd = randomizedSvd<any>(b, k, randomStream(1, 'x'), p as any);
      const opt = optimalError({ s, squaredNorm: frobenius(a)**2 }, k);
      const err = residual(b, transpose(svd.ut), scaleRows(svd.vt, svd.s));
      console.log(name, k, b.rows, svd.s.length, 'excess %', 100*(err / opt - 1), err/frobenius(a), orthonormalityError(svd.ut), orthonormalityError(svd.vt), 'leak', tf.memory().numTensors - before);
    }
  }
}, 200000);
