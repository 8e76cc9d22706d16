/** `finetune`: trains a copy of a model further, either all of it or its classifier only. */
import * as v from 'valibot';
import { defineStage, StageError } from '../runner/index.ts';
import { backendResources } from './shared/backend/backend-resources.ts';
import { oneThread } from './shared/backend/backend-variables.ts';
import { trainingParameters } from './shared/training/training-parameters.ts';

export const finetune = defineStage({
  name: 'finetune',
  description: 'A model, trained further.',
  parameters: v.strictObject({
    ...trainingParameters,
    scope: v.optional(
      v.pipe(
        v.picklist(['classifier', 'factors', 'all']),
        v.description('The part to train: the classifier, the factored layers, or everything.'),
      ),
      'classifier',
    ),
  }),
  inputs: {
    model: { kind: 'model' },
    data: { kind: 'dataset' },
    activations: { kind: 'activations', optional: true },
  },
  outputs: { model: 'model', curve: 'curve' },
  environment: ['backend'],
  resources: backendResources,
  variables: oneThread,
  parallel: true,
  load: async () => {
    const { startNamed } = await import('./shared/backend/computing.ts');
    const { samplesFor } = await import('./shared/samples/classifier-samples.ts');
    const { giveModel, takeModel } = await import('./shared/models/finite-models.ts');
    const { trainingHooks } = await import('./shared/training/training-hooks.ts');
    const { writeTrainingCurve } = await import('./shared/training/training-curve-files.ts');
    const { unfinished } = await import('./shared/training/unfinished-training.ts');
    const { sampledPart, trainedParameters } = await import('../nn/training/trained-parameters.ts');
    const { imagesFor } = await import('./shared/samples/network-data.ts');
    const { trainNetwork } = await import('../nn/training/train.ts');
    return {
      prepare: ({ fact, cores }) => startNamed(fact('backend'), cores),
      run: async (context) => {
        const { parameters } = context;
        const { limit, batch, ...plan } = parameters;
        await startNamed(context.fact('backend'), context.cores);
        const source = context.input('model');
        const model = takeModel(source);
        if (trainedParameters(model.description, plan.scope).length === 0) {
          throw new StageError(
            'the model has no factors to train: none of its layers was compressed',
            'train its classifier, or all its layers',
          );
        }
        const part = sampledPart(model.description, plan.scope);
        const samples = await samplesFor(context, model, source, 'train', part);
        const all = (): number => imagesFor(context.input('data'), model).train.count;
        // A limit above the number of all images is no limit, but `featurize` may have stored fewer.
        if (limit !== null && limit > samples.count && samples.count < all()) {
          throw new StageError(
            `${limit} images per epoch were requested, but only ${samples.count} are stored`,
            'raise the limit of featurize, or lower the limit of finetune',
          );
        }
        const heldOut =
          (model.history.training.validation ?? 0) === 0
            ? null
            : await samplesFor(context, model, source, 'validation', part);
        const trained = await trainNetwork(
          model,
          samples,
          { ...plan, batchSize: batch, ...(limit && { limit }) },
          trainingHooks(context, { model, train: samples, heldOut, part }),
        );
        if (trained.outcome !== 'trained') throw unfinished(trained, plan);
        const finetuning = { ...parameters, backend: context.fact('backend') };
        const history = { ...model.history, finetuning };
        giveModel(context.output('model'), { ...trained.model, history });
        writeTrainingCurve(context.output('curve'), trained.curve, history);
      },
    };
  },
});
