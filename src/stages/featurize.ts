/**
 * `featurize`: the stored outputs of a model's convolutions for all images.
 *
 * Compression and fine-tuning of the classifier do not change the convolutions. Their part of each training
 * and evaluation is computed here once, and not once per configuration.
 */
import * as v from 'valibot';
import type { Samples } from '../datasets/samples.ts';
import { defineStage } from '../runner/index.ts';
import { backendResources } from './shared/backend/backend-resources.ts';
import { twoHalves } from './shared/backend/backend-variables.ts';

export const featurize = defineStage({
  name: 'featurize',
  description: "A model's activations before its classifier, for all images.",
  parameters: v.strictObject({
    limit: v.optional(
      v.nullable(
        v.pipe(
          v.number(),
          v.integer(),
          v.minValue(1),
          v.description('The number of training images. The default is all.'),
        ),
      ),
      null,
    ),
  }),
  inputs: { model: { kind: 'model' }, data: { kind: 'dataset' } },
  outputs: { activations: 'activations' },
  environment: ['backend'],
  resources: backendResources,
  variables: twoHalves,
  parallel: true,
  load: async () => {
    const { startNamed } = await import('./shared/backend/computing.ts');
    const { writeActivations } = await import('./shared/samples/activation-files.ts');
    const { imagesFor } = await import('./shared/samples/network-data.ts');
    const { subset } = await import('../datasets/subset.ts');
    const { computeActivations } = await import('../nn/activations.ts');
    const { finitely, takeModel } = await import('./shared/models/finite-models.ts');
    return {
      prepare: ({ fact, cores }) => startNamed(fact('backend'), cores),
      run: async (context) => {
        const { parameters, progress, signal } = context;
        await startNamed(context.fact('backend'), context.cores);
        const source = context.input('model');
        const model = takeModel(source);
        const { train, validation, test } = imagesFor(context.input('data'), model);
        const count = Math.min(parameters.limit ?? train.count, train.count);
        const some = subset(
          train,
          Uint32Array.from({ length: count }, (_, i) => i),
        );
        const all = some.count + validation.count + test.count;
        let before = 0;
        const activated = async (samples: Samples) => {
          const done = before;
          before += samples.count;
          const onProgress = (now: number) =>
            progress({ fraction: (done + now) / all, message: `${done + now} of ${all} images` });
          const options = { batchSize: 256, onProgress, signal };
          const activations = computeActivations(model, samples, options);
          return { samples, activations: await finitely(model, activations) };
        };
        writeActivations(context.output('activations'), source, {
          train: await activated(some),
          validation: await activated(validation),
          test: await activated(test),
        });
      },
    };
  },
});
