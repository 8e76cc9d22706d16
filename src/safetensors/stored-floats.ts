/** Values as the types of floats of the format store them. */
import { floatBytes } from '../base/half-floats.ts';

const FLOATS: readonly string[] = ['F64', 'F32', 'F16', 'BF16'];

/** Whether the values of this type can be read as floats, and written. */
export function isFloat(dtype: string): boolean {
  return FLOATS.includes(dtype);
}

/** Elements. Their encoded form takes a few MB. */
const PART = 2 ** 20;

/** The bytes of `values` in the type `dtype`, in parts. */
export function* encodedFloats(values: Float32Array, dtype: string): Generator<Uint8Array> {
  for (let done = 0; done < values.length; done += PART) {
    yield floatBytes(values.subarray(done, done + PART), dtype);
  }
}
