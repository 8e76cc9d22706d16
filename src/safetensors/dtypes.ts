/**
 * The element types of the safetensors format: their sizes, and the arrays that they are read into.
 *
 * F16 and BF16 become 32-bit floats, which represent every value of both exactly. Types without an array here are
 * valid in a header, but their values can't be read.
 * Sources: https://github.com/huggingface/safetensors (the list); IEEE 754-2019, 3.6 (binary16).
 */
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
  F16: { size: 2, read: (bytes, count) => fromHalf(new Uint16Array(bytes, 0, count)) },
  BF16: { size: 2, read: (bytes, count) => fromBrain(new Uint16Array(bytes, 0, count)) },
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

/** A brain float is the upper half of a 32-bit float. */
function fromBrain(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}

function fromHalf(halves: Uint16Array): Float32Array {
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) floats[i] = halfValue(halves[i]!);
  return floats;
}

/** Sign, 5 bits of exponent, 10 of fraction. */
function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
