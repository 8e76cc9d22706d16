/**
 * A NumPy archive with the inputs of a model: one array for each input, named like it, whose first axis is the sample.
 * An optional array `labels` has one class index per sample.
 */
import { type InputType, inputArrays } from '../model-samples.ts';
import { UnfitData } from '../unfit-data.ts';
import { type NpyArray, readNpy } from './npy.ts';
import { npyHeader } from './npy-header.ts';
import { unzipArrays } from './npz-archive.ts';

export interface SampleArray {
  readonly name: string;
  readonly type: InputType;
  /** Of one sample. */
  readonly shape: readonly number[];
  /** The bytes of its .npy file. */
  readonly npy: Uint8Array;
}

export interface SampleArrays {
  readonly count: number;
  readonly inputs: readonly SampleArray[];
  /** The bytes of its .npy file; null if there are no labels. */
  readonly labels: Uint8Array | null;
}

const LABELS = 'labels';

/** @throws UnfitData if an array has elements or a shape that no model takes */
export async function readSampleArrays(file: string, bytes: Uint8Array): Promise<SampleArrays> {
  const { arrays } = await unzipArrays(file, bytes, () => true);
  const named = [...arrays].sort(([a], [b]) => (a < b ? -1 : 1));
  const inputs = named
    .filter(([name]) => name !== LABELS)
    .map(([name, npy]) => ({ ...sampleArray(`${file}: ${name}`, npy), name, npy }));
  const [first] = inputs;
  if (first === undefined) {
    throw new UnfitData(
      `${file} has no arrays for the inputs of a model`,
      'save one array for each input, named like it: np.savez("data.npz", input=x)',
    );
  }
  const { count } = first;
  for (const one of inputs) {
    if (one.count === count) continue;
    throw new UnfitData(
      `${file}: ${first.name} has ${count} samples, but ${one.name} has ${one.count}`,
      'the first axis of all arrays is the sample: give them the same length',
    );
  }
  if (count === 0)
    throw new UnfitData(`${file} has no samples`, 'check whether it is the right file');
  const labels = arrays.get(LABELS) ?? null;
  if (labels) {
    const given = labelsIn(`${file}: ${LABELS}`, labels).length;
    if (given !== count) {
      throw new UnfitData(
        `${file} has ${count} samples, but ${given} labels`,
        'give one label per sample',
      );
    }
  }
  return { count, inputs, labels };
}

const KINDS: Readonly<Record<string, InputType>> = {
  f4: 'float32',
  f8: 'float64',
  f2: 'float16',
  b1: 'bool',
  i1: 'int8',
  u1: 'uint8',
  i2: 'int16',
  u2: 'uint16',
  i4: 'int32',
  u4: 'uint32',
  i8: 'int64',
  u8: 'uint64',
};

function sampleArray(what: string, npy: Uint8Array) {
  const refuse = (why: string, advice: string) => new UnfitData(`${what} ${why}`, advice);
  const { kind, isBigEndian, shape: all, start } = npyHeader(what, npy);
  const type = kind !== undefined && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (type === undefined) {
    throw refuse(
      `has elements of ${kind ?? 'something else'}, which no model takes`,
      'convert it, for example with .astype(np.float32)',
    );
  }
  if (isBigEndian)
    throw refuse('is big-endian', 'convert it with .astype(x.dtype.newbyteorder("<"))');
  if (all === undefined) {
    throw refuse('is in Fortran order', 'convert it with np.ascontiguousarray');
  }
  const [count, ...shape] = all;
  if (count === undefined) throw refuse('is a single number', 'its first axis must be the sample');
  const width = inputArrays[type].BYTES_PER_ELEMENT;
  const expected = all.reduce((product, dim) => product * dim, width);
  if (npy.length - start !== expected) {
    throw refuse(
      `has ${npy.length - start} bytes of elements, not ${expected} (${all.join(' x ')})`,
      'it may be cut short: copy it again',
    );
  }
  return { type, count, shape };
}

/** One class index per sample; further dimensions of length one are removed. */
export function labelsIn(what: string, npy: Uint8Array): Uint32Array {
  const array: NpyArray = readNpy(what, npy);
  const [count = 0, ...rest] = array.shape;
  if (array.shape.length === 0 || rest.some((dim) => dim !== 1)) {
    throw new UnfitData(
      `${what} is ${array.shape.join(' x ')}, not one class index per sample`,
      'convert one-hot rows to indices with .argmax(axis=1)',
    );
  }
  const labels = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) {
    const label = array.at(i);
    if (label < 0 || label >= 2 ** 32) {
      throw new UnfitData(
        `${what}: label ${i} is ${label}, not a class index`,
        'number the classes from 0',
      );
    }
    labels[i] = label;
  }
  return labels;
}
