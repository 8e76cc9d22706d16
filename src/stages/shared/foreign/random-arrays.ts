/** Random values for the inputs of an ONNX model. */
import type { SampleArrays } from '../../../datasets/formats/sample-arrays.ts';
import { npyBytes } from '../../../datasets/formats/write-npy.ts';
import type { InputType } from '../../../datasets/model-samples.ts';
import { randomStream } from '../../../linalg/random.ts';
import { madeData } from '../../../nn/runtime/made-data.ts';
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
  const { count, seed, largest } = options;
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
      const stream = randomStream(seed, 'random-inputs', input.name);
      const values = type === 'bool' ? 2 : largest + 1;
      const data = madeData(type, size, {
        normal: stream.normal,
        whole: () => stream.integer(values),
      });
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
