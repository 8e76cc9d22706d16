/**
 * `featurize`: what the convolutions of a model make of all images, kept.
 *
 * Compression and fine-tuning of the classifier leave the convolutions alone, so that their part of
 * each training and evaluation is done once here and not once a configuration.
 */
import * as v from 'valibot';
import { defineStage } from '../runner/graph/stage-type.ts';
import { backendResources } from './parts/backend-resources.ts';

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
          v.description('Training images, if not all.'),
        ),
      ),
      null,
    ),
  }),
  inputs: { model: { kind: 'model' }, data: { kind: 'dataset' } },
  outputs: { activations: 'activations' },
  environment: ['backend'],
  resources: backendResources,
  parallel: true,
  load: async () => {
    const { startNamed } = await import('./parts/computing.ts');
    const { writeActivations } = await import('./parts/activation-files.ts');
    const { networkData } = await import('./parts/network-data.ts');
    const { subset } = await import('../datasets/subset.ts');
    const { computeActivations } = await import('../nn/activations.ts');
    const { readModel } = await import('../nn/model/model-files.ts');
    return {
      run: async (context) => {
        const { parameters, progress, signal } = context;
        await startNamed(context.fact('backend'), context.cores);
        const source = context.input('model');
        const model = await readModel((file) => source.path(file));
        const { train, test } = networkData(context.input('data'), model.description.input[0]);
        const count = Math.min(parameters.limit ?? train.count, train.count);
        const some = subset(
          train,
          Uint32Array.from({ length: count }, (_, i) => i),
        );
        const all = some.count + test.count;
        const splits = [];
        let before = 0;
        for (const samples of [some, test]) {
          const done = before;
          const onProgress = (now: number) =>
            progress({ fraction: (done + now) / all, message: `${done + now} of ${all} images` });
          const options = { batchSize: 256, onProgress, signal };
          splits.push({ samples, activations: await computeActivations(model, samples, options) });
          before += samples.count;
        }
        const [trainSplit, testSplit] = splits;
        await writeActivations(context.output('activations'), source, {
          train: trainSplit!,
          test: testSplit!,
        });
      },
    };
  },
});
