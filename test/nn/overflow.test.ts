/** An overflow is reported with the layer where it begins. */
import { expect, test } from 'vitest';
import type { Samples } from '../../src/datasets/samples.ts';
import { startBackend } from '../../src/nn/backends/start.ts';
import { initializeModel } from '../../src/nn/model/initialize.ts';
import { vgg11 } from '../../src/nn/model/vgg.ts';
import { score } from '../../src/nn/scoring.ts';
import { backends } from './kernels/differentiate.ts';

const model = initializeModel(
  vgg11({ input: [32, 32, 1], classes: 3, width: 1 / 8, hidden: 16, pool: 7 }),
  5,
);
// Behind the pool, which is computed together with the flatten after it.
const name = 'classifier.3';
const { shape, data } = model.weights.get(`${name}.weight`)!;
const overflowing = { shape, data: data.map(() => 1e38) };
const weights = new Map([...model.weights, [`${name}.weight`, overflowing]]);

test.each(
  backends
    .filter((backend) => backend !== 'webgpu')
    .flatMap((backend) => (['all', 'classifier'] as const).map((scope) => ({ backend, scope }))),
)('in $scope on $backend', async ({ backend, scope }) => {
  await startBackend(backend);
  const samples: Samples = {
    ...{ count: 40, classes: 3, labels: new Uint8Array(40) },
    shape: scope === 'all' ? [32, 32, 1] : [1, 1, 64],
    fill: (_, out) => void out.fill(100),
  };
  const scored = score({ ...model, weights }, samples, { scope, batchSize: 20 });
  await expect(scored).rejects.toMatchObject({
    name: 'OverflowError',
    message: expect.stringContaining(name),
  });
});
