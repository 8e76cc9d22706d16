/**
 * `fit`: a model whose dense layers are replaced by products of smaller ones, such that their outputs are near on
 * calibration images. `decompose` does the same with respect to the weights.
 */
import * as v from 'valibot';
import {
  type FittedMethodName,
  fittedFacts,
  fittedMethodNames,
} from '../linalg/methods/fitted/names.ts';
import type { Form } from '../linalg/methods/names.ts';
import { defineStage } from '../runner/index.ts';
import { patternsSchema } from './shared/layers/layer-selection.ts';
import { formParameter } from './shared/ranks/form-parameter.ts';
import { countAsked, rankParameters } from './shared/ranks/rank-parameters.ts';

interface Asked {
  readonly method: FittedMethodName;
  readonly form: Form | null;
}

function hasForm({ method, form }: Asked): boolean {
  return form === null || fittedFacts.find(({ name }) => name === method)!.forms.includes(form);
}

export const fit = defineStage({
  name: 'fit',
  description: 'A model whose dense layers are factored for the inputs that they get.',
  parameters: v.pipe(
    v.strictObject({
      method: v.pipe(
        v.picklist(fittedMethodNames),
        v.description('The compression method. It uses second moments of the inputs.'),
      ),
      ...rankParameters,
      layers: v.optional(v.nullable(patternsSchema), null),
      form: formParameter,
    }),
    v.check((asked) => countAsked(asked) === 1, 'give one of "rate", "rank" and "energy"'),
    v.check((asked) => hasForm(asked), 'the method does not support this "form"'),
  ),
  inputs: {
    model: { kind: 'model' },
    factors: { kind: 'factors' },
    moments: { kind: 'moments' },
  },
  outputs: { model: 'model' },
  load: async () => {
    const { fittedMethodNamed } = await import('../linalg/methods/fitted/index.ts');
    const { compressedHistory } = await import('./shared/compression/compression-history.ts');
    const { byData } = await import('./shared/moments/factor-by-data.ts');
    const { withModel } = await import('./shared/open-model.ts');
    const { outputErrorText } = await import('./shared/scoring/output-errors.ts');
    return {
      run: async (context) => {
        const { parameters } = context;
        const method = fittedMethodNamed(parameters.method);
        const known = { factors: context.input('factors'), moments: context.input('moments') };
        await withModel(context.input('model'), context.scratch, async (model) => {
          const layers = parameters.layers ?? 'dense';
          const asked = { ...parameters, layers, scheme: null, seed: 0, method } as const;
          const compressed = await model.compress(
            byData(known, asked),
            asked,
            (fraction, message) => context.progress({ fraction, message }),
          );
          for (const { name, outputError } of compressed.rows) {
            if (outputError) context.log(outputErrorText(name, outputError));
          }
          const history = compressedHistory(model.history, method, asked, compressed);
          compressed.write(context.output('model'), history);
        });
      },
    };
  },
});
