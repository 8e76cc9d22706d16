/** `train`: trains a VGG or an MLP from seeded weights on the training images of a data set. */
import * as v from 'valibot';
import { networkDefaults } from '../nn/model/network.ts';
import { heads, renamedHeads, vggNames } from '../nn/model/vgg.ts';
import { defineStage, StageError } from '../runner/index.ts';
import { backendResources } from './shared/backend/backend-resources.ts';
import { twoHalves } from './shared/backend/backend-variables.ts';
import { choice } from './shared/choice.ts';
import { trainingParameters } from './shared/training/training-parameters.ts';

const whole = v.pipe(v.number(), v.integer());
const units = v.pipe(whole, v.minValue(1));

const networkParameters = v.strictObject({
  architecture: v.optional(
    v.pipe(v.picklist([...vggNames, 'mlp']), v.description('Which network.')),
    networkDefaults.architecture,
  ),
  batchNorm: v.optional(
    v.pipe(v.boolean(), v.description('Batch normalization after each convolution of a VGG.')),
    networkDefaults.batchNorm,
  ),
  head: v.optional(
    v.pipe(
      choice(heads, renamedHeads),
      v.description(
        'The head of a VGG: `published` pools the last map to a fixed size, `flat` uses it unchanged.',
      ),
    ),
    networkDefaults.head,
  ),
  width: v.optional(
    v.pipe(
      v.number(),
      v.gtValue(0),
      v.description('The factor that multiplies the channels of a VGG.'),
    ),
    networkDefaults.width,
  ),
  hidden: v.optional(
    v.pipe(units, v.description('Units of each hidden dense layer of a VGG.')),
    networkDefaults.hidden,
  ),
  layers: v.optional(
    v.nullable(v.pipe(v.array(units), v.description('Units of the hidden layers of an MLP.'))),
    networkDefaults.layers,
  ),
  pool: v.optional(
    v.pipe(units, v.description('Side of the pooled map of the head `published`.')),
    networkDefaults.pool,
  ),
  size: v.optional(
    v.pipe(units, v.description('Side of the input, pixels; at least 32 for a VGG.')),
    networkDefaults.size,
  ),
});

export const train = defineStage({
  name: 'train',
  description: 'A VGG or an MLP, trained from seeded weights.',
  parameters: v.strictObject({
    network: networkParameters,
    ...trainingParameters,
    validation: v.optional(
      v.pipe(
        whole,
        v.minValue(0),
        v.description('The number of validation images, taken from the training images.'),
      ),
      0,
    ),
  }),
  inputs: { data: { kind: 'dataset' } },
  outputs: { model: 'model', curve: 'curve' },
  environment: ['backend'],
  resources: backendResources,
  variables: twoHalves,
  parallel: true,
  load: async () => {
    const { startNamed } = await import('./shared/backend/computing.ts');
    const { networkData } = await import('./shared/samples/network-data.ts');
    const { countParameters } = await import('../nn/model/description.ts');
    const { initializeModel } = await import('../nn/model/initialize.ts');
    const { giveModel } = await import('./shared/models/finite-models.ts');
    const { describeNetwork } = await import('../nn/model/network.ts');
    const { trainingHooks } = await import('./shared/training/training-hooks.ts');
    const { writeTrainingCurve } = await import('./shared/training/training-curve-files.ts');
    const { unfinished } = await import('./shared/training/unfinished-training.ts');
    const { trainNetwork } = await import('../nn/training/train.ts');
    return {
      prepare: ({ fact, cores }) => startNamed(fact('backend'), cores),
      run: async (context) => {
        const { parameters } = context;
        const { network, limit, batch, validation: count, ...plan } = parameters;
        const validation = count === 0 ? null : { count, seed: plan.seed };
        const data = networkData(context.input('data'), network.size, { validation });
        const { facts, train: samples, validation: heldOut } = data;
        const described = describeNetwork(network, facts);
        if (!described.ok) throw new StageError(described.error.message, described.error.advice);
        const { description, title } = described.value;
        await startNamed(context.fact('backend'), context.cores);
        const { classifier, total } = countParameters(description);
        const history = {
          title,
          dataset: facts.title,
          training: { ...parameters, backend: context.fact('backend') },
          original: { classifier, total },
        };
        const model = { ...initializeModel(description, plan.seed), history };
        const trained = await trainNetwork(
          model,
          samples,
          { ...plan, batchSize: batch, scope: 'all', ...(limit && { limit }) },
          trainingHooks(context, { model, train: samples, heldOut, part: 'all' }),
        );
        if (trained.outcome !== 'trained') throw unfinished(trained, plan);
        giveModel(context.output('model'), { ...trained.model, history });
        writeTrainingCurve(context.output('curve'), trained.curve, history);
      },
    };
  },
});
