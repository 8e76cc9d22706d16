/**
 * `search`: the largest compression rate whose accuracy on the validation images is within a tolerance
 * of the uncompressed model's accuracy. It does not use the test images.
 */
import * as v from 'valibot';
import { defineStage, StageError } from '../runner/index.ts';
import { convolutionSchemes } from './decompose.ts';
import { backendResources } from './shared/backend/backend-resources.ts';
import { oneThread } from './shared/backend/backend-variables.ts';
import { patternsSchema } from './shared/layers/layer-selection.ts';
import { methodParameter } from './shared/method-parameter.ts';

/** Ten rates per decade: each is about a quarter larger than the one before. */
const RATES = Array.from({ length: 31 }, (_, i) => Number((10 ** (i / 10)).toPrecision(3)));

const noOptions = { rank: null, energy: null, form: null, core: null, oversampling: null } as const;

export const search = defineStage({
  name: 'search',
  description: 'The largest compression rate that loses no more accuracy than the tolerance.',
  parameters: v.strictObject({
    method: v.pipe(methodParameter, v.description('The compression method.')),
    tolerance: v.pipe(
      v.number(),
      v.minValue(0),
      v.maxValue(1),
      v.description('The accuracy, as a share, that may be lost on the validation images.'),
    ),
    rates: v.optional(
      v.pipe(
        v.array(v.pipe(v.number(), v.minValue(1))),
        v.description('The rates to choose from.'),
      ),
      RATES,
    ),
    layers: v.optional(v.union([v.picklist(['dense', 'all']), patternsSchema]), 'dense'),
    scheme: v.optional(
      v.pipe(v.picklist(convolutionSchemes), v.description('How a convolution is factored.')),
      'channel',
    ),
    allocation: v.optional(
      v.pipe(
        v.picklist(['uniform', 'budget']),
        v.description('Whether a rate applies to each layer, or to all layers together.'),
      ),
      'uniform',
    ),
    seed: v.optional(
      v.pipe(v.number(), v.integer(), v.description('The seed of a random method.')),
      0,
    ),
  }),
  inputs: {
    model: { kind: 'model' },
    factors: { kind: 'factors' },
    statistics: { kind: 'statistics', many: true, optional: true },
    data: { kind: 'dataset' },
    activations: { kind: 'activations', optional: true },
  },
  outputs: { model: 'model' },
  environment: ['backend'],
  environmentWith: { model: ['runtime'] },
  resources: backendResources,
  variables: oneThread,
  parallel: true,
  load: async () => {
    const { byWeights } = await import('./shared/compression/factor-by-weights.ts');
    const { compressedHistory } = await import('./shared/compression/compression-history.ts');
    const { largestRate } = await import('./shared/ranks/chosen-ranks.ts');
    const { startMultiplying } = await import('./shared/backend/computing.ts');
    const { qualityFor } = await import('./shared/candidate-quality.ts');
    const { withModel } = await import('./shared/open-model.ts');
    const { smallestPassing } = await import('../linalg/allocation/smallest-passing.ts');
    const { methodNamed } = await import('../linalg/methods/index.ts');
    const { backendMultiply } = await import('../nn/products.ts');
    return {
      run: async (context) => {
        const { tolerance, rates, ...parameters } = context.parameters;
        const method = methodNamed(parameters.method);
        const plan = { ...noOptions, ...parameters, method };
        const known = {
          factors: context.input('factors'),
          statistics: context.inputs('statistics')[0],
          multiply: async () => {
            await startMultiplying(context.fact('backend'), context.cores);
            return backendMultiply();
          },
        };
        const factoring = byWeights(known, plan);
        await withModel(context.input('model'), `${context.scratch}/model`, async (model) => {
          const quality = await qualityFor(context);
          const compressed = (rate: number) =>
            model.compress(factoring, { ...plan, rate }, () => undefined);
          const historyOf = (rate: number, found: Awaited<ReturnType<typeof compressed>>) => {
            const asked = { ...plan, rate, allocation: 'accuracy' } as const;
            return compressedHistory(model.history, method, asked, found);
          };
          const least = (await quality.ofOriginal()) - tolerance;
          const inner = model.layers(plan.layers, [plan.scheme]).filter(({ last }) => !last);
          const largest = largestRate(inner, null);
          const descending = [...new Set(rates)]
            .filter((one) => one <= largest)
            .sort((a, b) => b - a);
          const { rate } = await smallestPassing(descending, async (one) => {
            context.progress({ message: `rate ${one}` });
            const found = await compressed(one);
            return (
              (await quality.of((folder) => found.write(folder, historyOf(one, found)))) >= least
            );
          });
          if (rate === undefined) {
            throw new StageError(
              `no rate has an ${quality.name} within ${tolerance} of the uncompressed model's`,
              'raise the tolerance, or give smaller rates',
            );
          }
          const chosen = await compressed(rate);
          chosen.write(context.output('model'), historyOf(rate, chosen));
        });
      },
    };
  },
});
