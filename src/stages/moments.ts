/**
 * `moments`: second moments of the inputs of each dense layer on some training images, and the SVD of each layer in the
 * norm of its outputs. Runs once per model, for all methods and rates. Memory does not depend on the number of images.
 */
import * as v from 'valibot';
import { defineStage, StageError } from '../runner/index.ts';
import { backendResources } from './shared/backend-resources.ts';
import { calibrationParameters } from './shared/calibration-parameters.ts';

/** Two matrices of this many float64 rows and columns take 1 GiB. */
const MOST_INPUTS = 8192;

export const moments = defineStage({
  name: 'moments',
  description: "Second moments of the dense layers' inputs on calibration images.",
  parameters: v.strictObject(calibrationParameters(0)),
  inputs: {
    model: { kind: 'model' },
    data: { kind: 'dataset' },
    activations: { kind: 'activations', optional: true },
  },
  outputs: { moments: 'moments' },
  environment: ['backend'],
  resources: backendResources,
  parallel: true,
  load: async () => {
    const { startNamed } = await import('./shared/computing.ts');
    const { samplesFor } = await import('./shared/classifier-samples.ts');
    const { calibrationImages } = await import('./shared/calibration-images.ts');
    const { denseLayers, weightOf } = await import('./shared/models/dense-layers.ts');
    const { weightDigest } = await import('./shared/factor-files.ts');
    const { momentsOf } = await import('./shared/layer-moments.ts');
    const { writeMoments, writeWhitened } = await import('./shared/moment-files.ts');
    const { whitenLayer } = await import('../linalg/moments/whitened.ts');
    const { inputBatches } = await import('../nn/layer-inputs.ts');
    const { finitely, takeModel } = await import('./shared/finite-models.ts');
    return {
      run: async (context) => {
        await startNamed(context.fact('backend'), context.cores);
        const source = context.input('model');
        const model = takeModel(source);
        const layers = denseLayers(model.description).slice(0, -1);
        const large = layers.find((layer) => layer.in > MOST_INPUTS);
        if (large) {
          throw new StageError(
            `${large.name} has ${large.in} inputs, and second moments are computed for at most ${MOST_INPUTS}`,
            'fold the pool into the first layer (stage type "fold"), or use methods that need no moments',
          );
        }
        const samples = await samplesFor(context, model, source, 'train', 'classifier');
        const { calibration, heldOut } = calibrationImages(samples, context.parameters);
        const folder = context.output('moments');
        for (const [i, { name, in: inputs }] of layers.entries()) {
          context.progress({ fraction: i / layers.length, message: name });
          const of = (some: typeof samples) =>
            finitely(model, momentsOf(inputs, inputBatches(model, some, name)));
          const found = {
            calibration: await of(calibration),
            ...(heldOut.count > 0 && { heldOut: await of(heldOut) }),
          };
          writeMoments(folder, name, found);
          const weight = weightOf(model, name);
          writeWhitened(folder, name, whitenLayer(weight, found.calibration), weightDigest(weight));
        }
      },
    };
  },
});
