/** A Tucker-2 decomposition as it is stored, in float32, and its error with respect to the kernel. */

import type { Matrix } from './matrix.ts';
import { storedProduct } from './stored.ts';
import { type Kernel, reconstruct, type TuckerFactors } from './tucker.ts';

export function storedTucker({ out, core, in: v }: TuckerFactors): TuckerFactors {
  const [storedOut, storedCore, storedIn] = storedProduct([out, core, v]);
  return { out: storedOut!, core: storedCore!, in: storedIn! };
}

/** ||K - K'||_F / ||K||_F. */
export function relativeTuckerError({ data }: Kernel, factors: TuckerFactors): number {
  const near: Matrix['data'] = reconstruct(factors).data;
  let residual = 0;
  let total = 0;
  for (let i = 0; i < data.length; i++) {
    residual += (data[i]! - near[i]!) ** 2;
    total += data[i]! * data[i]!;
  }
  return residual === 0 ? 0 : Math.sqrt(residual / total);
}
