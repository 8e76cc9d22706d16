/** The types of elements of tensors (`TensorProto.DataType`) as numbers. */
import { halfFormat } from '../base/half-floats.ts';

/** Names as in safetensors. */
const names = {
  1: 'F32',
  2: 'U8',
  3: 'I8',
  4: 'U16',
  5: 'I16',
  6: 'I32',
  7: 'I64',
  8: 'STRING',
  9: 'BOOL',
  10: 'F16',
  11: 'F64',
  12: 'U32',
  13: 'U64',
  14: 'C64',
  15: 'C128',
  16: 'BF16',
  17: 'F8_E4M3FN',
  18: 'F8_E4M3FNUZ',
  19: 'F8_E5M2',
  20: 'F8_E5M2FNUZ',
  21: 'U4',
  22: 'I4',
  23: 'F4_E2M1',
} as const;

/** Bytes per element. Types without one here are shorter than a byte, or of no fixed size. */
const sizes: Readonly<Record<string, number>> = {
  ...{ F32: 4, U8: 1, I8: 1, U16: 2, I16: 2, I32: 4, I64: 8, BOOL: 1, F16: 2, F64: 8 },
  ...{ U32: 4, U64: 8, C64: 8, C128: 16, BF16: 2 },
  ...{ F8_E4M3FN: 1, F8_E4M3FNUZ: 1, F8_E5M2: 1, F8_E5M2FNUZ: 1 },
};

export const FLOAT_TYPES = ['F32', 'F16', 'BF16', 'F64'] as const;
export type FloatType = (typeof FLOAT_TYPES)[number];

/** The name of a type of the file. A number for a type of a later version. */
export function elementTypeName(code: number): string {
  return (names as Readonly<Record<number, string>>)[code] ?? `type ${code}`;
}

export function codeOfFloats(type: FloatType): number {
  return { F32: 1, F16: 10, BF16: 16, F64: 11 }[type];
}

/** `TensorProto.DataType.INT8`. */
export const INT8_CODE = 3;

/** Undefined if the elements have no size in whole bytes that is known here. */
export function elementSize(type: string): number | undefined {
  return sizes[type];
}

export function isFloatType(type: string): type is FloatType {
  return (FLOAT_TYPES as readonly string[]).includes(type);
}

/** Types of 64 bits are read as integers only: they are shapes. */
export function isReadable(type: string): boolean {
  return isFloatType(type) || ['I8', 'U8', 'I16', 'U16', 'I32'].includes(type);
}

/** Elements as float32. Undefined if the type can't be read here. The buffer holds only them, little-endian. */
export function floatsFrom(
  { buffer }: { readonly buffer: ArrayBuffer },
  type: string,
): Float32Array | undefined {
  switch (type) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F64':
      return Float32Array.from(new Float64Array(buffer));
    case 'F16':
    case 'BF16':
      return halfFormat(type)!.toFloats(new Uint16Array(buffer));
    default: {
      const integers = integersIn(buffer, type);
      return integers && Float32Array.from(integers);
    }
  }
}

/** Elements of an integer type as numbers. Undefined for other types. */
export function integersFrom(
  { buffer }: { readonly buffer: ArrayBuffer },
  type: string,
): readonly number[] | undefined {
  if (type === 'I64') return Array.from(new BigInt64Array(buffer), Number);
  const integers = integersIn(buffer, type);
  return integers && Array.from(integers);
}

function integersIn(buffer: ArrayBuffer, type: string): ArrayLike<number> | undefined {
  switch (type) {
    case 'I8':
      return new Int8Array(buffer);
    case 'U8':
      return new Uint8Array(buffer);
    case 'I16':
      return new Int16Array(buffer);
    case 'U16':
      return new Uint16Array(buffer);
    case 'I32':
      return new Int32Array(buffer);
    default:
      return undefined;
  }
}
