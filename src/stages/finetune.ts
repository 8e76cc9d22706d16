/** `finetune`: a model trained further, whole or its classifier alone, on a copy of its own. */
import * as v from 'valibot';
import { defineStage, StageError } from '../runner/index.ts';
import { backendResources } from './shared/backend-resources.ts';
import { oneThread } from './shared/backend-variables.ts';
import { trainingHooks, trainingParameters } from './shared/training-parameters.ts';

export const finetune = defineStage({
  name: 'finetune',
  description: 'A model, trained further.',
  parameters: v.strictObject({
    ...trainingParameters,
    scope: v.optional(
      v.pipe(
        v.picklist(['classifier', 'factors', 'all']),
        v.description(
          'What is trained: the classifier, what compression put there, or everything.',
        ),
      ),
      'classifier',
    ),
  }),
  inputs: {
    model: { kind: 'model' },
    data: { kind: 'dataset' },
    activations: { kind: 'activations', optional: true },
  },
  outputs: { model: 'model' },
  environment: ['backend'],
  resources: backendResources,
  variables: oneThread,
  parallel: true,
  load: async () => {
    const { startNamed } = await import('./shared/computing.ts');
    const { samplesFor } = await import('./shared/classifier-samples.ts');
    const { giveModel, takeModel } = await import('./shared/finite-models.ts');
    const { unfinished } = await import('./shared/unfinished-training.ts');
    const { sampledPart, trainedParameters } = await import('../nn/training/trained-parameters.ts');
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
            'the factors of a model are to be trained, and it has none: nothing of it was compressed',
            'train its classifier, or all of it',
          );
        }
        const part = sampledPart(model.description, plan.scope);
        const samples = await samplesFor(context, model, source, 'train', part);
        if (limit !== null && limit > samples.count) {
          throw new StageError(
            `${limit} images an epoch are asked for, but only ${samples.count} are kept`,
            'raise the limit of featurize, or lower that of finetune',
          );
        }
        const trained = await trainNetwork(
          model,
          samples,
          { ...plan, batchSize: batch, ...(limit && { limit }) },
          await trainingHooks(context),
        );
        if (trained.outcome !== 'trained') throw unfinished(trained, plan);
        const finetuning = { ...parameters, backend: context.fact('backend') };
        const history = { ...model.history, finetuning };
        giveModel(context.output('model'), { ...trained.model, history });
      },
    };
  },
});
