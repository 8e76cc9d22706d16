/** Images as the input of a model from elsewhere. */
import { describe, expect, it } from 'vitest';
import { F16 } from '../../src/base/half-floats.ts';
import { fittedImages, fittedSize } from '../../src/datasets/fitting.ts';
import type { ImageInput } from '../../src/datasets/image-input.ts';
import type { ImageSet } from '../../src/datasets/image-set.ts';
import { modelImages } from '../../src/datasets/model-images.ts';
import type { ModelInput } from '../../src/datasets/model-samples.ts';
import { defaultImageInput } from '../../src/stages/shared/models/image-input.ts';

function set(count: number, height: number, width: number, channels: number): ImageSet {
  const pixels = Uint8Array.from(
    { length: count * height * width * channels },
    (_, i) => (i * 37) % 256,
  );
  return { count, height, width, channels, classes: 3, pixels, labels: new Uint8Array(count) };
}

const float: ModelInput = { name: 'x', type: 'float32', shape: ['N', 'C', 'H', 'W'] };

function read(images: ImageSet, given: Partial<ImageInput> = {}, declared: ModelInput = float) {
  const samples = modelImages(images, 'Pets', declared, { ...defaultImageInput, ...given });
  const [input] = samples.inputs;
  return { shape: input!.shape, values: samples.read(input!, 1, 1) };
}

describe('images for a model', () => {
  const images = set(2, 2, 3, 3);
  const second = images.pixels.subarray(18);

  it('have the layout and the channels that are declared', () => {
    const plain = { scale: 1 } as const;
    const nhwc = read(images, { ...plain, layout: 'nhwc' });
    expect(nhwc.shape).toEqual([2, 3, 3]);
    expect([...nhwc.values]).toEqual([...second]);
    const nchw = read(images, plain);
    expect(nchw.shape).toEqual([3, 2, 3]);
    expect([...nchw.values.slice(0, 6)]).toEqual([0, 1, 2, 3, 4, 5].map((p) => second[3 * p]));
    const bgr = read(images, { ...plain, channels: 'bgr' });
    expect([...bgr.values.slice(12)]).toEqual([...nchw.values.slice(0, 6)]);
  });

  it('are scaled and normalized in single precision, as by torch', () => {
    const { values } = read(images, {
      mean: [0.485, 0.456, 0.406],
      deviation: [0.229, 0.224, 0.225],
    });
    const { fround } = Math;
    const expected = fround(fround(fround(second[0]! / 255) - fround(0.485)) / fround(0.229));
    expect(values[0]).toBe(expected);
    expect(read(images, { mean: [0.5], deviation: [0.25] }).values).toHaveLength(18);
  });

  it('become grey as by Pillow, and grey images fill three channels', () => {
    const gray = read(images, { channels: 'gray', scale: 1 });
    expect(gray.shape).toEqual([1, 2, 3]);
    const [r, g, b] = second as unknown as [number, number, number];
    expect(gray.values[0]).toBe((r * 19595 + g * 38470 + b * 7471 + 32768) >> 16);
    const filled = read(set(2, 2, 2, 1), { scale: 1 });
    expect(filled.shape).toEqual([3, 2, 2]);
    expect([...filled.values.slice(0, 4)]).toEqual([...filled.values.slice(8)]);
  });

  it('are resized to the size, or by the shorter side and cropped', () => {
    expect(read(images, { size: 4 }).shape).toEqual([3, 4, 4]);
    expect(read(images, { size: [4, 6] }).shape).toEqual([3, 4, 6]);
    expect(read(set(2, 20, 31, 3), { resize: 10, crop: 8, size: 8 }).shape).toEqual([3, 8, 8]);
  });

  it('are given in the type of the input', () => {
    const bytes = read(images, { scale: 1, layout: 'nhwc' }, { ...float, type: 'uint8' });
    expect(bytes.values).toEqual(new Uint8Array(second));
    const half = read(images, {}, { ...float, type: 'float16' });
    expect(half.values).toBeInstanceOf(Uint16Array);
    expect(F16.toFloats(half.values as Uint16Array)[0]).toBeCloseTo(second[0]! / 255, 3);
  });

  it.each<[string, Partial<ImageInput>, Partial<ModelInput>]>([
    [
      'the images of Pets are 8 x 8 after "resize" and "crop", not the "size" 9 x 9 (rows x columns) | change "resize" and "crop" of the "input" of the model, or remove them',
      { size: 9, resize: [10, 10], crop: 8 },
      {},
    ],
    [
      'the images of Pets become 3 x 2 x 3, but the input "x" of the model is 1 x 28 x 28 | change "size", "layout" or "channels" of the "input" of the model',
      {},
      { shape: ['N', 1, 28, 28] },
    ],
    [
      'the input "x" of the model holds int64, so it takes no images | give it arrays from an .npz file: a stage with "uses: arrays"',
      {},
      { type: 'int64' },
    ],
    [
      'the input "x" of the model holds uint8, but the bytes of images become other numbers | set "scale: 1", "mean: [0]" and "deviation: [1]" in the "input" of the model',
      {},
      { type: 'uint8' },
    ],
    [
      '"mean" has 2 numbers, but the input has 3 channels | give one number for each channel, or one for all of them',
      { mean: [0, 1] },
      {},
    ],
    [
      'an image of Pets is 3 x 2 pixels before the crop of 4 x 4 | use a larger "resize" or a smaller "crop"',
      { crop: 4 },
      {},
    ],
  ])('are refused: %s', (said, given, declared) => {
    const [message, advice] = said.split(' | ');
    expect(() => read(images, given, { ...float, ...declared })).toThrow(
      expect.objectContaining({ name: 'UnfitData', message, advice }),
    );
  });
});

describe('the geometry', () => {
  it('rounds the longer side down', () => {
    const fit = { resize: 256, crop: null, interpolation: 'bilinear' } as const;
    expect(fittedSize({ height: 375, width: 500 }, fit)).toEqual({ height: 256, width: 341 });
    expect(fittedSize({ height: 500, width: 333 }, fit)).toEqual({ height: 384, width: 256 });
  });

  it('crops at the centre, and rounds half a pixel to an even margin', () => {
    const cropped = (width: number) => {
      const pixels = Uint8Array.from({ length: 2 * width }, (_, i) => i % width);
      const row: ImageSet = { ...set(1, 2, width, 1), pixels };
      return fittedImages('it', row, { resize: null, crop: 2, interpolation: 'bilinear' })
        .pixels[0];
    };
    // int(round(margin)) in Python: 0.5 -> 0, 1.5 -> 2, 2.5 -> 2.
    expect([3, 4, 5, 6, 7].map(cropped)).toEqual([0, 1, 2, 2, 2]);
  });
});
