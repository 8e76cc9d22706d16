/** Running more batches needs no more memory. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, expect, it } from 'vitest';
import { runBatches } from '../../../src/nn/runtime/batches.ts';
import { openModelSession } from '../../../src/nn/runtime/session.ts';
import { noiseValues } from '../kernels/differentiate.ts';
import { hasOnnx, linear, removeModels, threes } from './models.ts';

afterAll(removeModels);

it.skipIf(!hasOnnx)('a session needs no more memory for more batches', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const session = openModelSession(linear(noiseValues([3000], 4)));
  const samples = threes(20_000);
  const used = async () => {
    for await (const _ of runBatches(session, samples, 500));
    collect();
    return process.memoryUsage().rss;
  };
  await used();
  const before = await used();
  for (let i = 0; i < 3; i += 1) await used();
  // Four more passes return 320 MB of outputs.
  expect((await used()) - before).toBeLessThan(100e6);
  session.dispose();
});
