/**
 * The element types of the safetensors format: their sizes, and the arrays that they are read into.
 *
 * F16 and BF16 become 32-bit floats, which represent every value of both exactly. Types without an array here are
 * valid in a header, but their values can't be read.
 * Source: https://github.com/huggingface/safetensors (the list).
 */
import { BF16, F16 } from '../base/half-floats.ts';

export type TensorData = Float64Array | Float32Array | Int32Array | Uint8Array;

export interface Dtype {
  /** Bytes per element. */
  readonly size: number;
  /** Converts `count` elements that start at the first byte of a little-endian buffer. */
  readonly read?: (bytes: ArrayBuffer, count: number) => TensorData;
}

const DTYPES: Readonly<Record<string, Dtype>> = {
  F64: { size: 8, read: (bytes, count) => new Float64Array(bytes, 0, count) },
  F32: { size: 4, read: (bytes, count) => new Float32Array(bytes, 0, count) },
  F16: { size: 2, read: (bytes, count) => F16.toFloats(new Uint16Array(bytes, 0, count)) },
  BF16: { size: 2, read: (bytes, count) => BF16.toFloats(new Uint16Array(bytes, 0, count)) },
  I32: { size: 4, read: (bytes, count) => new Int32Array(bytes, 0, count) },
  U8: { size: 1, read: (bytes, count) => new Uint8Array(bytes, 0, count) },
  C64: { size: 8 },
  I64: { size: 8 },
  U64: { size: 8 },
  U32: { size: 4 },
  I16: { size: 2 },
  U16: { size: 2 },
  I8: { size: 1 },
  BOOL: { size: 1 },
  F8_E4M3: { size: 1 },
  F8_E5M2: { size: 1 },
  F8_E8M0: { size: 1 },
};

/** Undefined if the name is not a type. */
export function dtypeNamed(name: string): Dtype | undefined {
  return Object.hasOwn(DTYPES, name) ? DTYPES[name] : undefined;
}

export function nameOfDtype(data: TensorData): string {
  if (data instanceof Float64Array) return 'F64';
  if (data instanceof Float32Array) return 'F32';
  return data instanceof Int32Array ? 'I32' : 'U8';
}
