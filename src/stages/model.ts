/** `model`: a model that another program made, as an ONNX file or as safetensors. */
import * as v from 'valibot';
import { defineStage } from '../runner/index.ts';
import { imageInputSchema } from './shared/models/image-input.ts';

const optional = <S extends v.GenericSchema>(schema: S, description: string) =>
  v.optional(v.nullable(v.pipe(schema, v.description(description))), null);

const text = v.pipe(v.string(), v.nonEmpty());
const patterns = v.pipe(v.array(text), v.minLength(1));

export const model = defineStage({
  name: 'model',
  description: 'A model from an ONNX file or from safetensors.',
  parameters: v.strictObject({
    title: optional(text, 'The name of the model in reports. Default: the name of its file.'),
    file: optional(text, 'The file of the model, if the input is a folder with several.'),
    input: optional(imageInputSchema, 'How images become the input of the model.'),
    classes: optional(
      v.union([text, v.literal(false)]),
      'The output that scores the classes. Default: the first with one row of at least two numbers for each sample. false: the model does not classify.',
    ),
    layers: optional(
      patterns,
      'For safetensors: patterns for the names of the modules that are layers. Default: all linear ones except embeddings.',
    ),
    transpose: optional(
      patterns,
      'For safetensors: patterns for the modules whose weights are stored as [in, out], such as the Conv1D of GPT-2.',
    ),
    groups: optional(
      v.record(text, v.pipe(v.number(), v.integer(), v.minValue(1))),
      'For safetensors: the groups of convolutions, by patterns for their names. Default: 1.',
    ),
  }),
  inputs: { model: { kind: 'model-file' } },
  outputs: { model: 'model' },
  load: async () => {
    const { takeForeign } = await import('./shared/foreign/take-foreign.ts');
    return {
      run: async (context) => {
        const { input, output, parameters, scratch, log } = context;
        const taken = await takeForeign(input('model'), output('model'), parameters, scratch);
        log(`${taken.parameters} weights; ${taken.layers.length} layers can be factored:`);
        for (const { name, kind, shape } of taken.layers)
          log(`${name}: ${kind}, ${shape.join(' x ')}`);
        for (const { name, reason } of taken.whole) log(`${name} stays as it is: ${reason}`);
      },
    };
  },
});
