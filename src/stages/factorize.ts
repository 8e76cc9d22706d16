/**
 * `factorize`: for each dense layer of a model, the SVD and the norms from which every configuration is
 * cut: done once a model, whatever the rates, methods and seeds are.
 */
import * as v from 'valibot';
import { defineStage } from '../runner/graph/stage-type.ts';
import type { ModelHistory } from './parts/model-history.ts';

export const factorize = defineStage({
  name: 'factorize',
  description: "SVD, column and row norms of a model's dense layers.",
  parameters: v.strictObject({}),
  inputs: { model: { kind: 'model' } },
  outputs: { factors: 'factors' },
  load: async () => {
    const { denseLayers, weightOf } = await import('./parts/dense-layers.ts');
    const { writeAboutFactors, writeFactors } = await import('./parts/factor-files.ts');
    const { factorizeLayer } = await import('../linalg/factors.ts');
    const { readModel } = await import('../nn/model/model-files.ts');
    return {
      run: async (context) => {
        const source = context.input('model');
        const model = await readModel((file) => source.path(file));
        const layers = denseLayers(model.description);
        const folder = context.output('factors');
        const { dataset, title } = model.history as unknown as ModelHistory;
        writeAboutFactors(folder, { dataset, title });
        for (const [i, { name }] of layers.entries()) {
          context.progress({ fraction: i / layers.length, message: name });
          await writeFactors(folder, name, factorizeLayer(weightOf(model, name)));
        }
      },
    };
  },
});
