/** `images`: a data set out of images of a user's own, which are an input and so in the key. */
import * as v from 'valibot';
import { defineStage } from '../runner/index.ts';

const optional = <S extends v.GenericSchema>(schema: S) => v.optional(v.nullable(schema), null);

export const images = defineStage({
  name: 'images',
  description: 'A data set out of a folder of images, an archive of one, an .npz or IDX files.',
  parameters: v.strictObject({
    title: v.pipe(v.string(), v.nonEmpty(), v.description('What reports call the data set.')),
    size: optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.description('Side in pixels that all images are enlarged to; as they are by default.'),
      ),
    ),
    test: optional(
      v.pipe(
        v.number(),
        v.gtValue(0),
        v.ltValue(1),
        v.description('The share of the training images to test on, where no others are there.'),
      ),
    ),
    seed: v.optional(
      v.pipe(v.number(), v.safeInteger(), v.description('Of the choice that "test" asks for.')),
      0,
    ),
    classNames: optional(
      v.pipe(
        v.array(v.string()),
        v.description('In the order of the labels, where the files do not name the classes.'),
      ),
    ),
  }),
  inputs: { images: { kind: 'images' } },
  outputs: { data: 'dataset' },
  load: async () => {
    const { writeOwnDataset } = await import('../datasets/dataset-files.ts');
    const { readOwnImages } = await import('../datasets/formats/read-own-images.ts');
    const { ownDataset } = await import('../datasets/own-dataset.ts');
    const { randomStream } = await import('../linalg/random.ts');
    const { givenImages } = await import('./shared/given-images.ts');
    return {
      run: async (context) => {
        const { parameters, signal, progress, log, output } = context;
        const { size, seed, ...options } = parameters;
        const files = await givenImages(context.input('images'), context);
        const read = await readOwnImages(files, size, {
          signal,
          onProgress: (done, count) =>
            progress({ fraction: done / count, message: `${done} of ${count} images` }),
        });
        const dataset = ownDataset(read, {
          ...options,
          size,
          random: randomStream(seed, 'images', 'test'),
        });
        writeOwnDataset(output('data'), dataset);
        const { title, classes, trainCount, testCount, height, width, channels } = dataset.facts;
        log(
          `${title}: ${trainCount} + ${testCount} images of ${width} x ${height} x ${channels}, ${classes} classes`,
        );
      },
    };
  },
});
