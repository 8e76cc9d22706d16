/**
 * `repair`: the right factor of each factored dense layer, computed again from the inputs that the layer gets in the
 * compressed network, such that its outputs are near those of the original network. Layer after layer, because each
 * repair changes the inputs of the next layers. The number of weights does not change.
 */
import * as v from 'valibot';
import { defineStage } from '../runner/index.ts';
import { backendResources } from './shared/backend-resources.ts';
import { oneThread } from './shared/backend-variables.ts';
import { calibrationParameters } from './shared/calibration-parameters.ts';

export const repair = defineStage({
  name: 'repair',
  description: 'A compressed model whose right factors are fitted to the original outputs.',
  parameters: v.strictObject(calibrationParameters(1)),
  inputs: {
    model: { kind: 'model' },
    /** The model before compression. */
    original: { kind: 'model' },
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
    const { calibrationImages } = await import('./shared/calibration-images.ts');
    const { giveModel, takeModel } = await import('./shared/finite-models.ts');
    const { outputErrorText, shares } = await import('./shared/output-errors.ts');
    const { repairModel, repairedHistory } = await import('./shared/repair-model.ts');
    return {
      run: async (context) => {
        await startNamed(context.fact('backend'), context.cores);
        const sideOf = async (port: 'model' | 'original') => {
          const source = context.input(port);
          const model = takeModel(source);
          const samples = await samplesFor(context, model, source, 'train', 'classifier');
          return { model, images: calibrationImages(samples, context.parameters) };
        };
        const { model, layers } = await repairModel(
          await sideOf('model'),
          await sideOf('original'),
          (fraction, message) => context.progress({ fraction, message }),
        );
        for (const { name, before, after } of layers) {
          context.log(`${outputErrorText(name, after)}; before the repair, ${shares(before)}`);
        }
        giveModel(context.output('model'), { ...model, history: repairedHistory(model, layers) });
      },
    };
  },
});
