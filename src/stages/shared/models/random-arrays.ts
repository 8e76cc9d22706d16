/** Random values for the inputs of an ONNX model. */
import { F16 } from '../../../base/half-floats.ts';
import type { SampleArrays } from '../../../datasets/formats/sample-arrays.ts';
import { npyBytes } from '../../../datasets/formats/write-npy.ts';
import { type InputData, type InputType, inputArrays } from '../../../datasets/model-samples.ts';
import { type RandomStream, randomStream } from '../../../linalg/random.ts';
import type { TensorValue } from '../../../onnx/tensor-value.ts';
import { StageError } from '../../../runner/index.ts';

export interface RandomOptions {
  readonly count: number;
  readonly seed: number;
  /** The extents of axes that the model leaves open, by their names. */
  readonly extents: Readonly<Record<string, number>>;
  /** Integers are drawn from 0 to this. */
  readonly largest: number;
}

/** Normal floats, and uniform integers. The first axis of each input is the sample. */
export function randomArrays(inputs: readonly TensorValue[], options: RandomOptions): SampleArrays {
  const { count, seed } = options;
  return {
    count,
    labels: null,
    inputs: inputs.map((input) => {
      const type = typeOf(input);
      const shape = sampleShape(input, options);
      const size = shape.reduce((product, extent) => product * extent, count);
      if (size > MOST_ELEMENTS) {
        throw new StageError(
          `${count} samples of the input "${input.name}" are too many: each is ${shape.join(' x ')}`,
          'lower "count"',
        );
      }
      const data = drawn(type, size, randomStream(seed, 'random-inputs', input.name), options);
      return { name: input.name, type, shape, npy: npyBytes(type, [count, ...shape], data) };
    }),
  };
}

/** A gigabyte of floats. */
const MOST_ELEMENTS = 2 ** 28;

const TYPES: Readonly<Record<string, InputType>> = {
  ...{ F32: 'float32', F64: 'float64', F16: 'float16', BOOL: 'bool' },
  ...{ I8: 'int8', I16: 'int16', I32: 'int32', I64: 'int64' },
  ...{ U8: 'uint8', U16: 'uint16', U32: 'uint32', U64: 'uint64' },
};

const GIVE_ARRAYS = 'give your own inputs, with a stage of the type "arrays"';

function typeOf({ name, type = 'no tensor' }: TensorValue): InputType {
  if (Object.hasOwn(TYPES, type)) return TYPES[type]!;
  throw new StageError(`there are no random values for the input "${name}" (${type})`, GIVE_ARRAYS);
}

function sampleShape({ name, shape }: TensorValue, { extents }: RandomOptions): readonly number[] {
  if (shape === undefined || shape.length === 0) {
    throw new StageError(`the input "${name}" of the model has no axis for samples`, GIVE_ARRAYS);
  }
  return shape.slice(1).map((extent, i) => {
    if (typeof extent === 'number') return extent;
    const axis = extent === '' ? `${name}.${i + 1}` : extent;
    const given = extents[axis];
    if (given !== undefined) return given;
    throw new StageError(
      `the model leaves axis ${i + 1} of its input "${name}" open`,
      `give its extent: extents: { ${JSON.stringify(axis)}: 16 }`,
    );
  });
}

function drawn(
  type: InputType,
  size: number,
  stream: RandomStream,
  { largest }: RandomOptions,
): InputData {
  if (type === 'float16') return F16.fromFloats(Float32Array.from({ length: size }, stream.normal));
  const data = new inputArrays[type](size);
  if (data instanceof Float32Array || data instanceof Float64Array) {
    for (let i = 0; i < size; i++) data[i] = stream.normal();
    return data;
  }
  const values = type === 'bool' ? 2 : largest + 1;
  for (let i = 0; i < size; i++) {
    const value = stream.integer(values);
    data[i] =
      data instanceof BigInt64Array || data instanceof BigUint64Array ? BigInt(value) : value;
  }
  return data;
}
