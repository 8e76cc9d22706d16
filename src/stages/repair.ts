/**
 * `repair`: the right factor of each factored dense layer, computed again from the inputs that the layer gets in the
 * compressed network, such that its outputs are near those of the original network. Layer after layer, because each
 * repair changes the inputs of the next layers. The number of weights does not change.
 */
import * as v from 'valibot';
import { defineStage } from '../runner/index.ts';
import { backendResources } from './shared/backend/backend-resources.ts';
import { oneThread } from './shared/backend/backend-variables.ts';
import { calibrationParameters } from './shared/samples/calibration-parameters.ts';

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
  environmentWith: { model: ['runtime'] },
  resources: backendResources,
  variables: oneThread,
  parallel: true,
  load: async () => {
    const { foreignJsonOf } = await import('./shared/models/foreign-json.ts');
    const { outputErrorText, shares } = await import('./shared/scoring/output-errors.ts');
    const { repairForeign } = await import('./shared/foreign/foreign-repair.ts');
    const { repairNetwork } = await import('./shared/networks/repair-network.ts');
    return {
      run: async (context) => {
        const isForeign = foreignJsonOf(context.input('model')) !== undefined;
        const layers = await (isForeign ? repairForeign(context) : repairNetwork(context));
        if (layers.length === 0)
          context.log('compression left all layers whole, so none is repaired');
        for (const { name, before, after } of layers) {
          context.log(`${outputErrorText(name, after)}; before the repair, ${shares(before)}`);
        }
      },
    };
  },
});
