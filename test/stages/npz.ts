/** A NumPy archive of float32 arrays. */
import { zipSync } from 'fflate';

export interface NumpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export function npzOf(arrays: Readonly<Record<string, NumpyArray>>): Uint8Array {
  const files = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, npyOf(array)]);
  return zipSync(Object.fromEntries(files));
}

function npyOf({ shape, data }: NumpyArray): Uint8Array {
  const dims = shape.map((extent) => `${extent},`).join(' ');
  const about = `{'descr': '<f4', 'fortran_order': False, 'shape': (${dims}), }`;
  const text = about.padEnd(117, ' ');
  const header = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${text}\n`, 'latin1');
  return Buffer.concat([header, new Uint8Array(data.buffer)]);
}
