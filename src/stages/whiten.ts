/**
 * `whiten`: the same as `moments`, from second moments that another program computed, such as
 * python/second_moments.py. Then `fit` compresses models that only PyTorch can run.
 */
import * as v from 'valibot';
import { defineStage } from '../runner/index.ts';
import { patternsSchema } from './shared/layers/layer-selection.ts';

export const whiten = defineStage({
  name: 'whiten',
  description: "Second moments of the dense layers' inputs that another program computed.",
  parameters: v.strictObject({ layers: v.optional(v.nullable(patternsSchema), null) }),
  inputs: {
    model: { kind: 'model' },
    /** As docs/methods.md describes them. */
    moments: { kind: 'moments' },
  },
  outputs: { moments: 'moments' },
  parallel: true,
  load: async () => {
    const { withModel } = await import('./shared/open-model.ts');
    const { givenMoments } = await import('./shared/moments/given-moments.ts');
    const { writeLayerMoments } = await import('./shared/moments/write-layer-moments.ts');
    return {
      run: async (context) => {
        await withModel(context.input('model'), context.scratch, async (model) => {
          const given = givenMoments(model, context.input('moments'), context.parameters.layers);
          for (const [i, { name, weight, moments }] of given.entries()) {
            context.progress({ fraction: i / given.length, message: name });
            writeLayerMoments(context.output('moments'), name, weight(), moments());
          }
          context.log(`layers with moments: ${given.map(({ name }) => name).join(', ')}`);
        });
      },
    };
  },
});
