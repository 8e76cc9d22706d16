/**
 * NumPy's format of one array: a magic string, a version, a header that is a Python dict of `descr`,
 * `fortran_order` and `shape`, then the elements. Reads integers in C order.
 * Source: NumPy Enhancement Proposal 1, 'A Simple File Format for NumPy Arrays'.
 */
import { UnfitData } from '../unfit-data.ts';

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
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (bytes.length < 12 || text(0, 6) !== '\x93NUMPY' || bytes[6]! < 1 || bytes[6]! > 3) {
    throw refuse('is not a NumPy array', 'save it with np.savez');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [start, length] =
    bytes[6] === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  const header = text(start, Math.min(start + length, start + MOST_HEADER));
  const descr = /'descr':\s*'([<>|=])(\w+)'/.exec(header);
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const dims = /'shape':\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  const known = descr && Object.hasOwn(TYPES, descr[2]!) ? TYPES[descr[2]!] : undefined;
  if (!known) {
    const given = descr?.[2] ?? 'something else';
    throw refuse(`has elements of ${given}, not integers`, 'convert it with .astype(np.uint8)');
  }
  if (order !== 'False' || dims === undefined) {
    throw refuse('is in Fortran order', 'convert it with np.ascontiguousarray');
  }
  const [type, width, read] = known;
  const shape = dims.split(',').flatMap((dim) => (dim.trim() === '' ? [] : [Number(dim)]));
  const count = shape.reduce((product, dim) => product * dim, 1);
  const data = bytes.subarray(start + length);
  if (data.length !== count * width) {
    throw refuse(
      `has ${data.length} bytes of elements, not ${count * width} (${shape.join(' x ')})`,
      'it may be cut short: copy it again',
    );
  }
  const little = descr![1] !== '>';
  return { type, shape, data, at: (i) => read(view, start + length + i * width, little) };
}

/** Longer headers list the fields of records, which are refused. */
const MOST_HEADER = 4096;
