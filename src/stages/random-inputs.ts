/** `random-inputs`: random inputs of an ONNX model, to compare models without data. */
import * as v from 'valibot';
import { defineStage, StageError } from '../runner/index.ts';

const whole = v.pipe(v.number(), v.integer());
const positive = v.pipe(whole, v.minValue(1));

export const randomInputs = defineStage({
  name: 'random-inputs',
  description: 'Random inputs of an ONNX model, to compare models without data.',
  parameters: v.strictObject({
    count: v.optional(v.pipe(positive, v.description('The number of samples.')), 64),
    seed: v.optional(v.pipe(v.number(), v.safeInteger(), v.description('The random seed.')), 0),
    extents: v.optional(
      v.pipe(
        v.record(v.string(), positive),
        v.description('The extents of axes that the model leaves open, by their names.'),
      ),
      {},
    ),
    largest: v.optional(
      v.pipe(whole, v.minValue(0), v.maxValue(127), v.description('Integers are from 0 to this.')),
      1,
    ),
  }),
  inputs: { model: { kind: 'model' } },
  outputs: { data: 'dataset' },
  load: async () => {
    const { writeArrays } = await import('../datasets/array-files.ts');
    const { foreignJsonOf } = await import('./shared/models/foreign-json.ts');
    const { randomArrays } = await import('./shared/foreign/random-arrays.ts');
    const { openOnnx } = await import('../onnx/open.ts');
    return {
      run: async ({ input, output, parameters, log }) => {
        const source = input('model');
        const json = foreignJsonOf(source);
        if (json?.format !== 'onnx') {
          throw new StageError(
            'random inputs are for ONNX models',
            'score the model on data: "images", "download", or a command',
          );
        }
        const file = openOnnx(source.path(json.file), (location) =>
          source.files.includes(location) ? source.path(location) : undefined,
        );
        try {
          const arrays = randomArrays(file.inputs, parameters);
          writeArrays(output('data'), 'random inputs', arrays);
          const inputs = arrays.inputs.map(({ name, type, shape }) =>
            [name, `(${type}${shape.length > 0 ? ` ${shape.join(' x ')}` : ''})`].join(' '),
          );
          log(`${arrays.count} samples: ${inputs.join(', ')}`);
        } finally {
          file.close();
        }
      },
    };
  },
});
