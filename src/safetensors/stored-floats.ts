/** Values as the types of floats of the format store them. */
import { toBrain, toHalf } from '../base/narrow-floats.ts';
import { dtypeNamed } from './dtypes.ts';

type Floats = Float32Array | Float64Array | Uint16Array;

const encode: Readonly<Record<string, (values: Float32Array) => Floats>> = {
  F64: (values) => Float64Array.from(values),
  F32: (values) => values,
  F16: toHalf,
  BF16: toBrain,
};

/** Whether the values of this type can be read as floats, and written. */
export function isFloat(dtype: string): boolean {
  return Object.hasOwn(encode, dtype);
}

/** Elements. Their encoded form takes a few MB. */
const PART = 2 ** 20;

/** The bytes of `values` in the type `dtype`, in parts. */
export function* encodedFloats(values: Float32Array, dtype: string): Generator<Uint8Array> {
  for (let done = 0; done < values.length; done += PART) {
    const { buffer, byteOffset, byteLength } = encode[dtype]!(values.subarray(done, done + PART));
    yield new Uint8Array(buffer, byteOffset, byteLength);
  }
}

/**
 * `values` after they are stored in the type `dtype` and read again. The error of a factor is computed from these. F16
 * has no numbers from 65520 on; such a value becomes infinite.
 */
export function asStored(values: Float32Array, dtype: string): Float32Array {
  if (dtype === 'F32' || dtype === 'F64') return values;
  const { read, size } = dtypeNamed(dtype)!;
  const stored = new Float32Array(values.length);
  let done = 0;
  for (const bytes of encodedFloats(values, dtype)) {
    const count = bytes.length / size;
    stored.set(read!(bytes.buffer as ArrayBuffer, count), done);
    done += count;
  }
  return stored;
}

/** The smallest numbers that become infinite. */
const INFINITE_FROM: Readonly<Record<string, number>> = { F16: 65520, BF16: 3.3961775e38 };

/** Whether no value becomes infinite in the type `dtype`. */
export function fitsDtype(values: Float32Array, dtype: string): boolean {
  const limit = INFINITE_FROM[dtype];
  return limit === undefined || values.every((value) => !(Math.abs(value) >= limit));
}
