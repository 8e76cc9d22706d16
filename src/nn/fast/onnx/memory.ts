/** WebAssembly memory that ONNX Runtime reads and writes too, and the report that there is not enough memory. */
import { ExpectedError } from '../../../base/expected-error.ts';

/** The most that one WebAssembly memory can have. */
export const MOST_BYTES = 2 ** 32;

const PAGE = 2 ** 16;
/** A cache line, which is also the widest vector of a processor. */
const ALIGNMENT = 64;

/** Places arrays one after the other. Behind each one there is space up to a multiple of 64 bytes. */
export class Places {
  #end = 0;

  get bytes(): number {
    return this.#end;
  }

  /** The address of the next array. Its elements have four bytes. */
  next(elements: number): number {
    const address = this.#end;
    this.#end += ALIGNMENT * Math.ceil((4 * elements) / ALIGNMENT);
    return address;
  }
}

export function memoryFor({ bytes }: Places): WebAssembly.Memory {
  if (bytes > MOST_BYTES) throw outOfMemory();
  const pages = Math.ceil(bytes / PAGE);
  return allocating(() => new WebAssembly.Memory({ initial: pages, maximum: pages }));
}

/** Returns what `allocate` returns. If it fails because memory ran out, this is an expected failure. */
export function allocating<T>(allocate: () => T): T {
  try {
    return allocate();
  } catch (problem) {
    if (!(problem instanceof Error) || !OUT_OF_MEMORY.test(problem.message)) throw problem;
    throw outOfMemory();
  }
}

/** The messages of V8 for arrays and WebAssembly memories, of ONNX Runtime, and of C++. There are no codes. */
const OUT_OF_MEMORY =
  /allocation failed|could not allocate|Failed to allocate|Invalid typed array length|bad_alloc/;

function outOfMemory(): ExpectedError {
  return new ExpectedError(
    'there is not enough memory for this network and batch size',
    'use a smaller batch or a smaller network',
  );
}
