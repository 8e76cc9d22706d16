/** Reads a NumPy array of integers in C order. */
import { UnfitData } from '../unfit-data.ts';
import { npyHeader } from './npy-header.ts';

export interface NpyArray {
  /** Such as 'uint8'. */
  readonly type: string;
  readonly shape: readonly number[];
  /** The bytes of the elements, not copied. */
  readonly data: Uint8Array;
  /** Element i as a number; 64-bit integers are exact below 2^53. */
  at(i: number): number;
}

type Reader = (view: DataView, at: number, little: boolean) => number;

const TYPES: Readonly<Record<string, readonly [name: string, bytes: number, read: Reader]>> = {
  b1: ['bool', 1, (view, at) => view.getUint8(at)],
  u1: ['uint8', 1, (view, at) => view.getUint8(at)],
  i1: ['int8', 1, (view, at) => view.getInt8(at)],
  u2: ['uint16', 2, (view, at, little) => view.getUint16(at, little)],
  i2: ['int16', 2, (view, at, little) => view.getInt16(at, little)],
  u4: ['uint32', 4, (view, at, little) => view.getUint32(at, little)],
  i4: ['int32', 4, (view, at, little) => view.getInt32(at, little)],
  u8: ['uint64', 8, (view, at, little) => Number(view.getBigUint64(at, little))],
  i8: ['int64', 8, (view, at, little) => Number(view.getBigInt64(at, little))],
};

/** @param what the name of the array in error messages */
export function readNpy(what: string, bytes: Uint8Array): NpyArray {
  const refuse = (why: string, advice: string) => new UnfitData(`${what} ${why}`, advice);
  const { kind, isBigEndian, shape, start } = npyHeader(what, bytes);
  const known = kind !== undefined && Object.hasOwn(TYPES, kind) ? TYPES[kind] : undefined;
  if (!known) {
    const given = kind ?? 'something else';
    throw refuse(`has elements of ${given}, not integers`, 'convert it with .astype(np.uint8)');
  }
  if (shape === undefined) {
    throw refuse('is in Fortran order', 'convert it with np.ascontiguousarray');
  }
  const [type, width, read] = known;
  const count = shape.reduce((product, dim) => product * dim, 1);
  const data = bytes.subarray(start);
  if (data.length !== count * width) {
    throw refuse(
      `has ${data.length} bytes of elements, not ${count * width} (${shape.join(' x ')})`,
      'it may be cut short: copy it again',
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { type, shape, data, at: (i) => read(view, start + i * width, !isBigEndian) };
}
