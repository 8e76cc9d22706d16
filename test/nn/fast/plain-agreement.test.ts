/** A training and an inference by the fast forms and by the plain code of `src/nn/`, on each backend that has forms. */
import { homedir } from 'node:os';
import { describe, expect, test, vi } from 'vitest';
import type { BackendName } from '../../../src/nn/backends/names.ts';
import { userFolder } from '../../../src/nn/backends/user-folder.ts';
import { initializeModel } from '../../../src/nn/model/initialize.ts';
import { vgg } from '../../../src/nn/model/vgg.ts';
import { bands } from '../bands.ts';
import { backends, expectClose } from '../kernels/differentiate.ts';
import { noFastForms } from '../no-fast-forms.ts';

const forms = '../../../src/nn/fast-forms.ts';

const model = initializeModel(
  vgg({
    ...{ architecture: 'vgg11', head: 'published', batchNorm: true },
    ...{ input: [32, 32, 1], classes: 3, width: 1 / 8, hidden: 16, pool: 7 },
  }),
  5,
);
const plan = { epochs: 1, batchSize: 12, learningRate: 1e-3, decay: 1, weightDecay: 1e-4 };

/** The losses of a training, and activations of more batches than a graph needs, with modules loaded again. */
async function computed(backend: BackendName) {
  vi.resetModules();
  const { startBackend } = await import('../../../src/nn/backends/start.ts');
  const { trainNetwork } = await import('../../../src/nn/training/train.ts');
  const { computeActivations } = await import('../../../src/nn/activations.ts');
  const { setInstallLocation } = await import('../../../src/nn/backends/install-location.ts');
  setInstallLocation(userFolder(process.env, homedir()));
  await startBackend(backend);
  const samples = bands(30, 'train');
  const trained = await trainNetwork(
    model,
    samples,
    { ...plan, seed: 1, scope: 'all' },
    { now: () => 0 },
  );
  if (trained.outcome !== 'trained') throw new Error(trained.outcome);
  const { data } = await computeActivations(model, samples, { batchSize: 3 });
  return { losses: trained.curve.losses, activations: data };
}

describe.each(backends.filter((name) => ['wasm', 'onnx', 'tensorflow'].includes(name)))(
  'on %s',
  (backend) => {
    test('a training and an inference have the results of the fast forms', async () => {
      vi.doMock(forms, () => noFastForms);
      const plain = await computed(backend);
      vi.doUnmock(forms);
      const fast = await computed(backend);
      expectClose(plain.activations, fast.activations, 1e-4);
      expectClose(plain.losses, fast.losses, 1e-3);
      // Another way of computing, so the numbers are not exactly the same.
      expect(plain.losses).not.toEqual(fast.losses);
    });
  },
);
