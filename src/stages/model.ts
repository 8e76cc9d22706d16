/** `model`: a model that another program made, as an ONNX file or as safetensors. */
import * as v from 'valibot';
import { defineStage } from '../runner/index.ts';
import { patternsSchema } from './shared/models/layer-selection.ts';

const optional = <S extends v.GenericSchema>(schema: S) => v.optional(v.nullable(schema), null);
const text = v.pipe(v.string(), v.nonEmpty());

export const model = defineStage({
  name: 'model',
  description: 'A model from an ONNX file or from safetensors, to compress and to measure.',
  parameters: v.strictObject({
    title: optional(
      v.pipe(
        text,
        v.description('The name of the model in reports. Default: the name of its file.'),
      ),
    ),
    dataset: optional(
      v.pipe(text, v.description('The name of the data in reports. Default: the title.')),
    ),
    file: optional(
      v.pipe(text, v.description('The file of the model, if the input is a folder with several.')),
    ),
    transpose: optional(
      v.pipe(
        patternsSchema,
        v.description(
          'For safetensors: patterns for the layers whose weights are stored as [in, out], such as the Conv1D of GPT-2.',
        ),
      ),
    ),
    exclude: optional(
      v.pipe(
        patternsSchema,
        v.description(
          'For safetensors: patterns for the arrays that are not layers. Default: embeddings.',
        ),
      ),
    ),
  }),
  inputs: { model: { kind: 'model-file' } },
  outputs: { model: 'model' },
  load: async () => {
    const { takeForeign } = await import('./shared/models/take-foreign.ts');
    return {
      run: async (context) => {
        const { layers, whole, parameters } = takeForeign(
          context.input('model'),
          context.output('model'),
          context.parameters,
        );
        context.log(`${parameters} weights, ${layers.length} layers that can be factored`);
        for (const { name, reason } of whole) context.log(`${name} stays as it is: ${reason}`);
      },
    };
  },
});
