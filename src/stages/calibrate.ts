/**
 * `calibrate`: statistics of the inputs of each dense layer on some training images, for methods that
 * use data. Runs once per model and method, for all rates.
 */
import * as v from 'valibot';
import { defineStage } from '../runner/index.ts';
import { backendResources } from './shared/backend/backend-resources.ts';
import { methodParameter } from './shared/method-parameter.ts';

export const calibrate = defineStage({
  name: 'calibrate',
  description: "Statistics of the dense layers' inputs on calibration images.",
  parameters: v.strictObject({
    method: v.pipe(
      methodParameter,
      v.description('The compression method that uses the statistics.'),
    ),
    images: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.description('Training images, at most.')),
      2048,
    ),
  }),
  inputs: {
    model: { kind: 'model' },
    data: { kind: 'dataset' },
    activations: { kind: 'activations', optional: true },
  },
  outputs: { statistics: 'statistics' },
  environment: ['backend'],
  resources: backendResources,
  parallel: true,
  load: async () => {
    const { startNamed } = await import('./shared/backend/computing.ts');
    const { samplesFor } = await import('./shared/samples/classifier-samples.ts');
    const { denseLayers, weightOf } = await import('./shared/networks/dense-layers.ts');
    const { weightDigest } = await import('./shared/compression/factor-files.ts');
    const { writeStatistics } = await import('./shared/compression/statistics-files.ts');
    const { subset } = await import('../datasets/subset.ts');
    const { layerStatistics } = await import('../linalg/statistics.ts');
    const { layerInputs } = await import('../nn/layer-inputs.ts');
    const { finitely, takeModel } = await import('./shared/models/finite-models.ts');
    return {
      run: async (context) => {
        const { parameters, progress } = context;
        await startNamed(context.fact('backend'), context.cores);
        const source = context.input('model');
        const model = takeModel(
          source,
          'use the stage types "moments" and "fit", which have the methods that need statistics',
        );
        const samples = await samplesFor(context, model, source, 'train', 'classifier');
        const count = Math.min(parameters.images, samples.count);
        const some = subset(
          samples,
          Uint32Array.from({ length: count }, (_, i) => i),
        );
        const layers = denseLayers(model.description).slice(0, -1);
        for (const [i, { name }] of layers.entries()) {
          progress({ fraction: i / layers.length, message: name });
          const inputs = await finitely(model, layerInputs(model, some, name));
          const weight = weightOf(model, name);
          const statistics = layerStatistics(weight, inputs);
          writeStatistics(context.output('statistics'), name, statistics, weightDigest(weight));
        }
      },
    };
  },
});
