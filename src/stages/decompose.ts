/** `decompose`: a model with its dense layers replaced by two thin ones, by one method at one rate. */
import * as v from 'valibot';
import { compressionMethods } from '../linalg/methods/index.ts';
import { defineStage } from '../runner/graph/stage-type.ts';

export const decompose = defineStage({
  name: 'decompose',
  description: 'A model whose dense layers are factored.',
  parameters: v.strictObject({
    method: v.pipe(
      v.picklist(compressionMethods.map((method) => method.name)),
      v.description('How the two factors are found.'),
    ),
    rate: v.pipe(
      v.number(),
      v.minValue(1),
      v.description('Nominal compression rate CR = mn / (k (m + n)) of each layer.'),
    ),
    seed: v.optional(v.pipe(v.number(), v.integer(), v.description('Of a random method.')), 0),
  }),
  inputs: { model: { kind: 'model' }, factors: { kind: 'factors' } },
  outputs: { model: 'model' },
  load: async () => {
    const { compressModel } = await import('./parts/compress-model.ts');
    const { readModel, writeModel } = await import('../nn/model/model-files.ts');
    return {
      run: async (context) => {
        const { rate, seed } = context.parameters;
        const method = compressionMethods.find(({ name }) => name === context.parameters.method)!;
        const source = context.input('model');
        const model = await readModel((file) => source.path(file));
        const { layers, ...compressed } = await compressModel(
          model,
          context.input('factors'),
          { method, rate, seed },
          (fraction, message) => context.progress({ fraction, message }),
        );
        const { name, label, family, random } = method;
        const compression = {
          method: name,
          label,
          family,
          rate,
          seed: random ? seed : null,
          layers,
        };
        const history = { ...model.history, compression };
        await writeModel(context.output('model'), { ...compressed, history });
      },
    };
  },
});
