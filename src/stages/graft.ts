/**
 * `graft`: the convolutions of one model under the classifier of another.
 *
 * The published experiment did this by accident. It fine-tuned a compressed network, and then measured its
 * sweep with factors of the original classifier on the convolutions that fine-tuning had changed.
 */
import * as v from 'valibot';
import { defineStage } from '../runner/index.ts';

export const graft = defineStage({
  name: 'graft',
  description: 'A model with the convolutions of one model and the classifier of another.',
  parameters: v.strictObject({}),
  inputs: { features: { kind: 'model' }, classifier: { kind: 'model' } },
  outputs: { model: 'model' },
  load: async () => {
    const { giveModel, takeModel } = await import('./shared/models/finite-models.ts');
    const { partWeights } = await import('../nn/model/weights.ts');
    return {
      run: async (context) => {
        const [below, above] = ['features', 'classifier'].map((port) => {
          const source = context.input(port);
          return takeModel(source);
        });
        const weights = new Map([
          ...partWeights(below!, 'features'),
          ...partWeights(above!, 'classifier'),
        ]);
        const { features } = below!.description;
        const description = { ...above!.description, features };
        const history = { ...above!.history, grafted: true } as const;
        giveModel(context.output('model'), { description, weights, history });
      },
    };
  },
});
