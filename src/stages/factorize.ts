/**
 * `factorize`: the SVD and the norms of each layer of a model, from which every configuration is cut.
 * Runs once per model, for all rates, methods and seeds.
 */
import * as v from 'valibot';
import { defineStage } from '../runner/index.ts';
import { backendResources } from './shared/backend/backend-resources.ts';
import { patternsSchema } from './shared/layers/layer-selection.ts';

export const factorize = defineStage({
  name: 'factorize',
  description: "SVD, column and row norms of a model's layers.",
  parameters: v.strictObject({
    smallestRate: v.optional(
      v.pipe(
        v.number(),
        v.minValue(1),
        v.description(
          'The smallest compression rate that will be requested. For large layers, only the singular vectors that it needs are computed. 1: all.',
        ),
      ),
      1,
    ),
    schemes: v.optional(
      v.pipe(
        v.array(v.picklist(['channel', 'input', 'spatial'])),
        v.description('How convolutions are factored. Without it, they are not.'),
      ),
      [],
    ),
    layers: v.optional(v.nullable(patternsSchema), null),
  }),
  inputs: { model: { kind: 'model' } },
  outputs: { factors: 'factors' },
  environment: ['backend'],
  resources: backendResources,
  parallel: true,
  load: async () => {
    const { startMultiplying } = await import('./shared/backend/computing.ts');
    const { withModel } = await import('./shared/open-model.ts');
    const { weightDigest, writeAboutFactors, writeFactors } = await import(
      './shared/compression/factor-files.ts'
    );
    const { factorizeLayer, isLargeLayer } = await import('../linalg/factors.ts');
    const { randomStream } = await import('../linalg/random.ts');
    const { rankForRate } = await import('../linalg/rank.ts');
    const { backendProducts } = await import('../nn/products.ts');
    return {
      run: async (context) => {
        const { smallestRate, schemes, layers: selection } = context.parameters;
        await withModel(context.input('model'), context.scratch, async (model) => {
          const layers = model.layers(selection ?? 'all', schemes);
          for (const { name, reason } of model.unfit(selection ?? 'all', schemes)) {
            context.log(`${name} stays as it is: ${reason}`);
          }
          const folder = context.output('factors');
          const { dataset, title, training } = model.history;
          writeAboutFactors(folder, { dataset, title, seed: training.seed });
          const all = layers.flatMap(({ matrices, ...layer }) =>
            matrices.map((one) => ({ ...layer, ...one, rows: layer.rows / matrices.length })),
          );
          for (const [i, { factors: name, rows: m, cols: n, last, matrix }] of all.entries()) {
            context.progress({ fraction: i / all.length, message: name });
            // Small layers do not need the backend, which takes a while to start.
            if (isLargeLayer(m, n)) await startMultiplying(context.fact('backend'), context.cores);
            // One more than any rounding gives. Some methods keep the rank of the last layer at any rate.
            const isWhole = smallestRate === 1 || last;
            const rank = rankForRate(m, n, smallestRate, 'ceil') + 1;
            const weight = matrix();
            const factors = factorizeLayer(weight, {
              ...(!isWhole && { rank }),
              products: backendProducts,
              random: randomStream(0, 'factorize', name),
            });
            writeFactors(folder, name, factors, weightDigest(weight));
          }
        });
      },
    };
  },
});
