/**
 * `moments`: second moments of the inputs of each dense layer on some training samples, and the SVD of each layer in
 * the norm of its outputs. Runs once per model, for all methods and rates. Memory does not depend on the number of
 * samples.
 */
import * as v from 'valibot';
import { defineStage } from '../runner/index.ts';
import { backendResources } from './shared/backend/backend-resources.ts';
import { patternsSchema } from './shared/layers/layer-selection.ts';
import { calibrationParameters } from './shared/samples/calibration-parameters.ts';

export const moments = defineStage({
  name: 'moments',
  description: "Second moments of the dense layers' inputs on calibration samples.",
  parameters: v.strictObject({
    ...calibrationParameters(0),
    layers: v.optional(v.nullable(patternsSchema), null),
  }),
  inputs: {
    model: { kind: 'model' },
    data: { kind: 'dataset' },
    activations: { kind: 'activations', optional: true },
  },
  outputs: { moments: 'moments' },
  environment: ['backend'],
  environmentWith: { model: ['runtime'] },
  resources: backendResources,
  parallel: true,
  load: async () => {
    const { foreignJsonOf } = await import('./shared/models/foreign-json.ts');
    const { networkMoments } = await import('./shared/networks/network-moments.ts');
    return {
      run: async (context) => {
        const json = foreignJsonOf(context.input('model'));
        if (!json) return networkMoments(context);
        const { foreignMoments } = await import('./shared/foreign/foreign-moments.ts');
        return foreignMoments(context, json);
      },
    };
  },
});
