/** `arrays`: the inputs of a model from the user's own .npz file, with or without labels. */
import * as v from 'valibot';
import { defineStage, StageError } from '../runner/index.ts';

export const arrays = defineStage({
  name: 'arrays',
  description:
    'The inputs of a model from an .npz file: one array for each input, and optionally labels.',
  parameters: v.strictObject({
    title: v.pipe(v.string(), v.nonEmpty(), v.description('The name of the data set in reports.')),
  }),
  inputs: { arrays: { kind: 'arrays' } },
  outputs: { data: 'dataset' },
  load: async () => {
    const { writeArrays } = await import('../datasets/array-files.ts');
    const { readSampleArrays } = await import('../datasets/formats/sample-arrays.ts');
    const { givenImages } = await import('./shared/samples/given-images.ts');
    return {
      run: async (context) => {
        const { parameters, log, output } = context;
        const { names, read } = await givenImages(context.input('arrays'), context);
        const [name] = names;
        if (names.length !== 1 || !name!.endsWith('.npz')) {
          throw new StageError(
            `the input is not one .npz file: ${[...names].sort().slice(0, 3).join(', ') || 'it is empty'}`,
            'save the arrays with np.savez_compressed',
          );
        }
        const given = await readSampleArrays(name!, read(name!));
        writeArrays(output('data'), parameters.title, given);
        const inputs = given.inputs.map(
          ({ name, type, shape }) => `${name} (${`${type} ${shape.join(' x ')}`.trim()})`,
        );
        const labels = given.labels ? 'with labels' : 'without labels';
        log(`${parameters.title}: ${given.count} samples ${labels}: ${inputs.join(', ')}`);
      },
    };
  },
});
