/** Writes one array in NumPy's format, in C order and with little-endian elements. */
import type { InputData, InputType } from '../model-samples.ts';

const DESCRIPTIONS: Readonly<Record<InputType, string>> = {
  float32: '<f4',
  float64: '<f8',
  float16: '<f2',
  int8: '|i1',
  uint8: '|u1',
  bool: '|b1',
  int16: '<i2',
  uint16: '<u2',
  int32: '<i4',
  uint32: '<u4',
  int64: '<i8',
  uint64: '<u8',
};

/** Version 1.0 of the format: the elements begin at a multiple of 64 bytes. */
export function npyBytes(type: InputType, shape: readonly number[], data: InputData): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${DESCRIPTIONS[type]}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const length = Math.ceil((PREFIX + dict.length + 1) / 64) * 64;
  const bytes = new Uint8Array(length + data.byteLength);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0]);
  new DataView(bytes.buffer).setUint16(8, length - PREFIX, true);
  bytes.set(new TextEncoder().encode(`${dict.padEnd(length - PREFIX - 1)}\n`), PREFIX);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), length);
  return bytes;
}

const PREFIX = 10;
