/**
 * `search`: the largest compression rate whose accuracy on the validation images is within a tolerance
 * of the uncompressed network's accuracy. It does not use the test images.
 */
import * as v from 'valibot';
import type { Model } from '../nn/model/weights.ts';
import { defineStage, StageError } from '../runner/index.ts';
import { backendResources } from './shared/backend-resources.ts';
import { oneThread } from './shared/backend-variables.ts';
import { methodParameter } from './shared/method-parameter.ts';

/** Ten rates per decade: each is about a quarter larger than the one before. */
const RATES = Array.from({ length: 31 }, (_, i) => Number((10 ** (i / 10)).toPrecision(3)));

/** One rate for every dense layer, and no other options. */
const uniformly = {
  rank: null,
  energy: null,
  allocation: 'uniform',
  layers: 'dense',
  scheme: 'channel',
  form: null,
  core: null,
  oversampling: null,
} as const;

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
  resources: backendResources,
  variables: oneThread,
  parallel: true,
  load: async () => {
    const { startMultiplying, startNamed } = await import('./shared/computing.ts');
    const { samplesFor } = await import('./shared/classifier-samples.ts');
    const { largestRate } = await import('./shared/chosen-ranks.ts');
    const { compressibleDense } = await import('./shared/models/network-layers.ts');
    const { compressNetwork } = await import('./shared/models/compress-network.ts');
    const { byWeights } = await import('./shared/factor-by-weights.ts');
    const { compressionHistory } = await import('./shared/compression-history.ts');
    const { smallestPassing } = await import('../linalg/allocation/smallest-passing.ts');
    const { methodNamed } = await import('../linalg/methods/index.ts');
    const { finitely, giveModel, takeModel } = await import('./shared/finite-models.ts');
    const { backendMultiply } = await import('../nn/products.ts');
    const { classifierBatch, score } = await import('../nn/scoring.ts');
    return {
      run: async (context) => {
        const { method: name, tolerance, rates, seed } = context.parameters;
        const [backend, threads] = [context.fact('backend'), context.cores];
        await startNamed(backend, threads);
        const method = methodNamed(name);
        const source = context.input('model');
        const model = takeModel(source);
        const samples = await samplesFor(context, model, source, 'validation', 'classifier');
        if (samples.count === 0) {
          throw new StageError(
            'there are no validation images, and a rate must not be chosen on the test images',
            'set training.validation to a number of images, such as 5000',
          );
        }
        const accuracyOf = async (candidate: Model) => {
          // The products may have been computed by another backend.
          await startNamed(backend, threads);
          const options = {
            scope: 'classifier',
            batchSize: classifierBatch(),
            signal: context.signal,
          } as const;
          return (await finitely(candidate, score(candidate, samples, options))).accuracy;
        };
        const known = {
          factors: context.input('factors'),
          statistics: context.inputs('statistics')[0],
          multiply: async () => {
            await startMultiplying(backend, threads);
            return backendMultiply();
          },
        };
        const plan = { ...uniformly, method, seed };
        const factoring = byWeights(known, plan);
        const compressed = (one: number) =>
          compressNetwork(model, factoring, { ...plan, rate: one }, () => undefined);
        const least = (await accuracyOf(model)) - tolerance;
        const inner = compressibleDense(model).filter((layer) => !layer.last);
        const largest = largestRate(inner, null);
        const descending = [...new Set(rates)]
          .filter((one) => one <= largest)
          .sort((a, b) => b - a);
        const { rate } = await smallestPassing(descending, async (one) => {
          context.progress({ message: `rate ${one}` });
          return (await accuracyOf({ ...model, ...(await compressed(one)) })) >= least;
        });
        if (rate === undefined) {
          throw new StageError(
            `no rate has an accuracy within ${tolerance} of the uncompressed network's`,
            'raise the tolerance, or give smaller rates',
          );
        }
        const { rows, achieved, ...chosen } = await compressed(rate);
        const asked = { ...plan, rate, allocation: 'accuracy' } as const;
        const compression = compressionHistory(method, asked, { rows, achieved });
        giveModel(context.output('model'), {
          ...chosen,
          history: { ...model.history, compression },
        });
      },
    };
  },
});
