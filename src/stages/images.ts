/** `images`: a data set from the user's own images. They are an input, so the key depends on them. */
import * as v from 'valibot';
import { defineStage, StageError } from '../runner/index.ts';
import {
  cropParameter,
  interpolationParameter,
  resizeParameter,
} from './shared/models/image-input.ts';

const optional = <S extends v.GenericSchema>(schema: S) => v.optional(v.nullable(schema), null);

export const images = defineStage({
  name: 'images',
  description:
    'A data set from a folder of images, an archive of such a folder, an .npz file or IDX files.',
  parameters: v.strictObject({
    title: v.pipe(v.string(), v.nonEmpty(), v.description('The name of the data set in reports.')),
    size: optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.description(
          'The side in pixels to which all images are enlarged. By default they keep their size.',
        ),
      ),
    ),
    resize: v.exactOptional(resizeParameter),
    crop: v.exactOptional(cropParameter),
    interpolation: v.exactOptional(interpolationParameter),
    labels: v.exactOptional(
      v.pipe(
        v.boolean(),
        v.description(
          'false: the images have no labels, whatever their folders are. Only ONNX models can use them.',
        ),
      ),
    ),
    test: optional(
      v.pipe(
        v.number(),
        v.gtValue(0),
        v.ltValue(1),
        v.description(
          'The share of the training images to use for testing, if the data has no test images.',
        ),
      ),
    ),
    seed: v.optional(
      v.pipe(
        v.number(),
        v.safeInteger(),
        v.description('The seed for the choice of the test images, if "test" is given.'),
      ),
      0,
    ),
    classNames: optional(
      v.pipe(
        v.array(v.string()),
        v.description(
          'The names of the classes in the order of the labels, if the files do not contain them.',
        ),
      ),
    ),
  }),
  inputs: { images: { kind: 'images' } },
  outputs: { data: 'dataset' },
  load: async () => {
    const { writeOwnDataset } = await import('../datasets/dataset-files.ts');
    const { readOwnImages } = await import('../datasets/formats/read-own-images.ts');
    const { ownDataset, ownTestImages } = await import('../datasets/own-dataset.ts');
    const { writeTestImages } = await import('../datasets/test-images.ts');
    const { randomStream } = await import('../linalg/random.ts');
    const { givenImages } = await import('./shared/samples/given-images.ts');
    return {
      run: async (context) => {
        const { parameters, signal, progress, log, output } = context;
        const {
          size,
          seed,
          resize = null,
          crop = null,
          interpolation,
          labels,
          ...options
        } = parameters;
        const isFitted = resize !== null || crop !== null;
        if (isFitted && size !== null) {
          throw new StageError(
            '"size" can\'t be used with "resize" or "crop"',
            'remove "size": the images get the size of the crop',
          );
        }
        const fit = isFitted ? { resize, crop, interpolation: interpolation ?? 'bilinear' } : null;
        const files = await givenImages(context.input('images'), context);
        const read = await readOwnImages(
          files,
          { sizing: { size, fit }, labelled: labels ?? true },
          {
            signal,
            onProgress: (done, count) =>
              progress({ fraction: done / count, message: `${done} of ${count} images` }),
          },
        );
        if (!('train' in read)) {
          const given = ownTestImages(read, { ...options, size });
          writeTestImages(output('data'), options.title, given);
          const { count, height, width, channels, classes } = given;
          const known = classes === null ? 'with labels' : `${classes} classes`;
          log(
            `${options.title}: ${count} test images of ${width} x ${height} x ${channels}, ${given.labels ? known : 'without labels'}`,
          );
          return;
        }
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
