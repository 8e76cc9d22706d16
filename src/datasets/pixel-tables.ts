/**
 * The numbers that the bytes of an image become in the input of a model. A byte has only 256 values, so each channel
 * has a table of them, in the type of the input.
 */
import { F16 } from '../base/half-floats.ts';
import type { ImageInput } from './image-input.ts';
import { type InputData, type InputType, inputArrays, type ModelInput } from './model-samples.ts';
import { UnfitData } from './unfit-data.ts';

export interface PixelTables {
  readonly type: InputType;
  /** One for each channel of the input. */
  readonly tables: readonly InputData[];
}

export function pixelTables(
  declared: ModelInput,
  { scale, mean, deviation }: Pick<ImageInput, 'scale' | 'mean' | 'deviation'>,
  channels: number,
): PixelTables {
  const type = typeOf(declared);
  const means = forChannels('mean', mean, channels);
  const deviations = forChannels('deviation', deviation, channels);
  const tables = means.map((average, c) => {
    const values = Float32Array.from({ length: 256 }, (_, byte) =>
      normalized(byte, scale, average, deviations[c]!),
    );
    return tableOf(type, values, declared.name);
  });
  return { type, tables };
}

/** Rounded to single precision after each step, as torch does. */
function normalized(byte: number, scale: number, mean: number, deviation: number): number {
  const { fround } = Math;
  return fround(fround(fround(byte / scale) - fround(mean)) / fround(deviation));
}

const TYPES = ['float32', 'float16', 'float64', 'uint8', 'int8', 'int32'] as const;

function typeOf({ name, type }: ModelInput): (typeof TYPES)[number] {
  const known = TYPES.find((one) => one === type);
  if (known) return known;
  throw new UnfitData(
    `the input "${name}" of the model holds ${type}, so it takes no images`,
    'give it arrays from an .npz file: a stage with "uses: arrays"',
  );
}

function tableOf(type: (typeof TYPES)[number], values: Float32Array, input: string): InputData {
  if (type === 'float16') return F16.fromFloats(values);
  const table = new inputArrays[type](values);
  if (table.every((value, byte) => value === values[byte])) return table;
  throw new UnfitData(
    `the input "${input}" of the model holds ${type}, but the bytes of images become other numbers`,
    'set "scale: 1", "mean: [0]" and "deviation: [1]" in the "input" of the model',
  );
}

function forChannels(name: string, given: readonly number[], channels: number): readonly number[] {
  if (given.length === channels) return given;
  if (given.length === 1) return Array.from({ length: channels }, () => given[0]!);
  throw new UnfitData(
    `"${name}" has ${given.length} numbers, but the input has ${channels} ${channels === 1 ? 'channel' : 'channels'}`,
    'give one number for each channel, or one for all of them',
  );
}

/** For each channel of the input, the channel of the images that it is read from. Grey images fill all channels. */
export function sourceChannels(
  wanted: ImageInput['channels'],
  channels: number,
): readonly number[] {
  if (wanted === 'gray') return [0];
  if (channels === 1) return [0, 0, 0];
  return wanted === 'rgb' ? [0, 1, 2] : [2, 1, 0];
}
