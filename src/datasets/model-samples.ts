/**
 * Samples for a model from elsewhere: one or more input tensors of any type, with or without labels. Networks of this
 * program read `Samples` instead.
 */

/** The class of each sample. The array is as narrow as the largest class allows. */
export type ClassIndices = Uint8Array | Uint16Array | Uint32Array;

/** The types of elements that an input of a model can have. float16 is kept as its bits. */
export type InputType = keyof typeof inputArrays;

export const inputArrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
} as const;

export type InputData = InstanceType<(typeof inputArrays)[InputType]>;

/** An input of a model, as the model declares it. A name in the shape stands for any extent. */
export interface ModelInput {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** An input as the samples fill it. */
export interface SampledInput {
  readonly name: string;
  readonly type: InputType;
  /** Of one sample, without the axis of the batch. */
  readonly shape: readonly number[];
}

export interface ModelSamples {
  readonly count: number;
  readonly inputs: readonly SampledInput[];
  /** Null if the data has no labels. */
  readonly labels: ClassIndices | null;
  /** The number of classes of the data; null if it is unknown. */
  readonly classes: number | null;
  /** The elements of one input for `count` samples from number `from` on, row-major. */
  read(input: SampledInput, from: number, count: number): InputData;
}

export function isInputType(type: string): type is InputType {
  return Object.hasOwn(inputArrays, type);
}

/** An array for classes up to `largest`. */
export function classIndices(count: number, largest: number): ClassIndices {
  if (largest < 2 ** 8) return new Uint8Array(count);
  return largest < 2 ** 16 ? new Uint16Array(count) : new Uint32Array(count);
}

/** The same classes in as narrow an array as they allow. */
export function narrowed(labels: Uint32Array): ClassIndices {
  const largest = labels.reduce((most, label) => Math.max(most, label), 0);
  const narrow = classIndices(labels.length, largest);
  narrow.set(labels);
  return narrow;
}
