import { it } from 'vitest';
import { startBackend } from '../../src/nn/backends/start.ts';
import { backendProducts } from '../../src/nn/products.ts';
import { randomizedSvd } from '../../src/linalg/randomized-svd.ts';
import { randomStream } from '../../src/linalg/random.ts';
import { scaleRows } from '../../src/linalg/scale.ts';
import { optimalError } from '../../src/linalg/errors.ts';
import { transpose } from '../../src/linalg/matrix.ts';
import { withSpectrum, residual, toFloat32, frobenius } from './test-matrices.ts';
it('tries', async () => {
  await startBackend('wasm');
  const p = backendProducts();
  for (const [m, n] of [[640, 900]] as const)
  for (const [name, f] of Object.entries({ sqrt: (i: number) => 1/Math.sqrt(1+i), inv: (i: number) => 1/(1+i), fast: (i:number)=>0.97**i, step: (i: number) => i<100?1:0.05, flat: (i: number) => 1 - i/1000 })) {
    const s = Float64Array.from({length: m}, (_, i) => f(i));
    const a = toFloat32(withSpectrum(m, n, s, 5));
    for (const k of [20, 100, 141, 250]) {
      const svd = randomizedSvd<any>(a, k, randomStream(1, 'x'), p as any);
      const opt = optimalError({ s, squaredNorm: frobenius(a)**2 }, k);
      const err = residual(a, transpose(svd.ut), scaleRows(svd.vt, svd.s));
      console.log(name, k, 'excess %', 100*(err / opt - 1));
    }
  }
}, 200000);
