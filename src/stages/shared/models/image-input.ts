/** The parameter `input` of the stage type `model`: how images become the input of the model. */
import * as v from 'valibot';
import type { ImageInput } from '../../../datasets/image-input.ts';

const pixels = v.pipe(v.number(), v.integer(), v.minValue(1));
const heightAndWidth = v.tuple([pixels, pixels]);

const orNull = <S extends v.GenericSchema>(schema: S, description: string) =>
  v.nullable(v.pipe(schema, v.description(description)));

const byChannel = (one: v.GenericSchema<number>, description: string, initial: number) =>
  v.optional(v.pipe(v.array(one), v.minLength(1), v.maxLength(3), v.description(description)), [
    initial,
  ]);

export const resizeParameter = orNull(
  v.union([pixels, heightAndWidth]),
  'The length in pixels to which the shorter side is resized, or [height, width].',
);

export const cropParameter = orNull(
  pixels,
  'The side in pixels of the square at the center that is kept.',
);

export const interpolationParameter = v.pipe(
  v.picklist(['bilinear', 'bicubic']),
  v.description('How images are resized. The default is "bilinear".'),
);

export const imageInputSchema = v.strictObject({
  size: v.optional(
    orNull(
      v.union([pixels, heightAndWidth]),
      'The size of the input in pixels, one number for a square or [height, width]. Images are resized to it unless "resize" or "crop" is given.',
    ),
    null,
  ),
  resize: v.optional(resizeParameter, null),
  crop: v.optional(cropParameter, null),
  interpolation: v.optional(interpolationParameter, 'bilinear'),
  layout: v.optional(
    v.pipe(
      v.picklist(['nchw', 'nhwc']),
      v.description('The order of the axes: batch, channel, row and column, or channels last.'),
    ),
    'nchw',
  ),
  channels: v.optional(
    v.pipe(v.picklist(['rgb', 'bgr', 'gray']), v.description('The channels, in their order.')),
    'rgb',
  ),
  scale: v.optional(
    v.pipe(
      v.number(),
      v.gtValue(0),
      v.description('The number by which bytes are divided first: 255 for a range from 0 to 1.'),
    ),
    255,
  ),
  mean: byChannel(
    v.number(),
    'The mean that is subtracted, for each channel or for all of them.',
    0,
  ),
  deviation: byChannel(
    v.pipe(v.number(), v.gtValue(0)),
    'The deviation by which the difference is divided, for each channel or for all of them.',
    1,
  ),
});

/** What a model takes if nothing is declared. */
export const defaultImageInput: ImageInput = v.parse(imageInputSchema, {});
