/** `train`: a VGG-11 from seeded weights, on all training images of a data set. */
import * as v from 'valibot';
import { defineStage } from '../runner/graph/stage-type.ts';
import { backendResources } from './parts/backend-resources.ts';
import { trainingHooks, trainingParameters } from './parts/training-parameters.ts';

const networkParameters = v.strictObject({
  width: v.pipe(v.number(), v.gtValue(0), v.description('Factor on the channels of VGG-11.')),
  hidden: v.pipe(v.number(), v.integer(), v.minValue(1), v.description('Units of a dense layer.')),
  pool: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.description('Side of the pooled map.')),
    7,
  ),
  size: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(32), v.description('Side of the input, pixels.')),
    32,
  ),
});

export const train = defineStage({
  name: 'train',
  description: 'A VGG-11, trained from seeded weights.',
  parameters: v.strictObject({ network: networkParameters, ...trainingParameters }),
  inputs: { data: { kind: 'dataset' } },
  outputs: { model: 'model', curve: 'curve' },
  environment: ['backend'],
  resources: backendResources,
  parallel: true,
  load: async () => {
    const { writeFileSync } = await import('node:fs');
    const { startNamed } = await import('./parts/computing.ts');
    const { networkData } = await import('./parts/network-data.ts');
    const { countParameters } = await import('../nn/model/description.ts');
    const { initializeModel } = await import('../nn/model/initialize.ts');
    const { writeModel } = await import('../nn/model/model-files.ts');
    const { vgg11 } = await import('../nn/model/vgg.ts');
    const { unfinished } = await import('./parts/unfinished-training.ts');
    const { trainNetwork } = await import('../nn/training/train.ts');
    return {
      run: async (context) => {
        const { parameters } = context;
        const { network, limit, batch, ...plan } = parameters;
        const { width, hidden, pool, size } = network;
        await startNamed(context.fact('backend'), context.cores);
        const { facts, train: samples } = networkData(context.input('data'), size);
        const { channels, classes } = facts;
        const description = vgg11({ input: [size, size, channels], classes, width, hidden, pool });
        const trained = await trainNetwork(
          initializeModel(description, plan.seed),
          samples,
          { ...plan, batchSize: batch, scope: 'all', ...(limit && { limit }) },
          await trainingHooks(context),
        );
        if (trained.outcome !== 'trained') throw unfinished(trained);
        const { classifier, total } = countParameters(description);
        const history = {
          title: width === 1 ? 'VGG-11' : `VGG-11, width ${width}`,
          dataset: facts.title,
          training: { ...parameters, backend: context.fact('backend') },
          original: { classifier, total },
        };
        await writeModel(context.output('model'), { ...trained.model, history });
        const curve = { losses: trained.losses };
        writeFileSync(`${context.output('curve')}/curve.json`, `${JSON.stringify(curve)}\n`);
      },
    };
  },
});
