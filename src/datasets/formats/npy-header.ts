/**
 * The header of NumPy's format of one array: a magic string, a version, and a Python dict of `descr`, `fortran_order`
 * and `shape`. The elements follow it.
 * Source: NumPy Enhancement Proposal 1, 'A Simple File Format for NumPy Arrays'.
 */
import { UnfitData } from '../unfit-data.ts';

export interface NpyHeader {
  /** The kind and the bytes of an element, such as 'f4'; undefined for records and other types. */
  readonly kind: string | undefined;
  readonly isBigEndian: boolean;
  /** Undefined for an array in Fortran order. */
  readonly shape: readonly number[] | undefined;
  /** The offset of the first element in bytes. */
  readonly start: number;
}

/** @param what the name of the array in error messages */
export function npyHeader(what: string, bytes: Uint8Array): NpyHeader {
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (bytes.length < 12 || text(0, 6) !== '\x93NUMPY' || bytes[6]! < 1 || bytes[6]! > 3) {
    throw new UnfitData(`${what} is not a NumPy array`, 'save it with np.savez');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [start, length] =
    bytes[6] === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  const header = text(start, Math.min(start + length, start + MOST_HEADER));
  const descr = /'descr':\s*'([<>|=])(\w+)'/.exec(header);
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const dims = /'shape':\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  return {
    kind: descr?.[2],
    isBigEndian: descr?.[1] === '>',
    shape:
      order !== 'False' || dims === undefined
        ? undefined
        : dims.split(',').flatMap((dim) => (dim.trim() === '' ? [] : [Number(dim)])),
    start: start + length,
  };
}

/** Longer headers list the fields of records, which are refused. */
const MOST_HEADER = 4096;
