/** Reads the elements of a tensor, from the model's file or from external data. */
import { closeSync, openSync } from 'node:fs';
import { FIXED32, VARINT } from '../base/protobuf.ts';
import { FIXED64, type Reader, signed } from '../base/protobuf-reading.ts';
import { elementSize, floatsFrom, integersFrom } from './element-types.ts';
import type { ExternalPlace } from './external-data.ts';
import { eachNumber } from './fields.ts';
import { type ModelBytes, readWhole } from './model-bytes.ts';
import type { StoredTensor } from './stored-tensor.ts';

/** As float32. Undefined if the type can't be read. */
export function floatsOf(bytes: ModelBytes, tensor: StoredTensor): Float32Array | undefined {
  const elements = elementBytes(bytes, tensor);
  return elements && floatsFrom(elements, tensor.type);
}

/** Undefined if the type is no integer that can be read. */
export function integersOf(bytes: ModelBytes, tensor: StoredTensor): readonly number[] | undefined {
  const elements = elementBytes(bytes, tensor);
  return elements && integersFrom(elements, tensor.type);
}

/** Little-endian, in the type of the tensor. Undefined if the elements have no size in whole bytes. */
function elementBytes(
  bytes: ModelBytes,
  tensor: StoredTensor,
): Uint8Array<ArrayBuffer> | undefined {
  const { elements, type, count } = tensor;
  const size = elementSize(type);
  if (size === undefined) return undefined;
  if (elements.in === 'bytes') return bytes.copy(elements.span);
  if (elements.in === 'file') return readExternal(elements.place);
  const form = NUMBERS[type];
  if (!form) return undefined;
  const target = new Uint8Array(count * size);
  const view = new DataView(target.buffer);
  let done = 0;
  for (const field of elements.fields) {
    if (field.number !== form.field) continue;
    eachNumber(bytes, field, form.wireType, form.read, (value) => {
      if (done < count) form.write(view, done * size, value);
      done++;
    });
  }
  if (done === count) return target;
  const found = `it has ${done}`;
  throw bytes.damaged(
    tensor.span.from,
    `the tensor '${tensor.name}' needs ${count} elements, and ${found}`,
  );
}

function readExternal({ path, from, to }: ExternalPlace): Uint8Array<ArrayBuffer> {
  const target = new Uint8Array(to - from);
  const file = openSync(path, 'r');
  try {
    readWhole(file, path, target, from);
    return target;
  } finally {
    closeSync(file);
  }
}

/** How fields such as `float_data` hold the elements of a type. */
interface NumberForm {
  readonly field: number;
  readonly wireType: number;
  readonly read: (reader: Reader) => number;
  readonly write: (view: DataView, at: number, value: number) => void;
}

const integer = { wireType: VARINT, read: signed };

/** The elements of small types are in `int32_data`; those of 16-bit floats there are bit patterns. */
const NUMBERS: Readonly<Record<string, NumberForm>> = {
  F32: {
    ...{ field: 4, wireType: FIXED32, read: (reader) => reader.float() },
    write: (view, at, value) => view.setFloat32(at, value, true),
  },
  F64: {
    ...{ field: 10, wireType: FIXED64, read: (reader) => reader.double() },
    write: (view, at, value) => view.setFloat64(at, value, true),
  },
  F16: { field: 5, ...integer, write: (view, at, value) => view.setUint16(at, value, true) },
  BF16: { field: 5, ...integer, write: (view, at, value) => view.setUint16(at, value, true) },
  I8: { field: 5, ...integer, write: (view, at, value) => view.setInt8(at, value) },
  U8: { field: 5, ...integer, write: (view, at, value) => view.setUint8(at, value) },
  I16: { field: 5, ...integer, write: (view, at, value) => view.setInt16(at, value, true) },
  U16: { field: 5, ...integer, write: (view, at, value) => view.setUint16(at, value, true) },
  I32: { field: 5, ...integer, write: (view, at, value) => view.setInt32(at, value, true) },
  I64: {
    ...{ field: 7, ...integer },
    write: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  },
};
