/**
 * The memory of a training: weights, gradients and both moments, one after the other in one WebAssembly memory. ONNX
 * Runtime reads and writes the arrays in place, and so does the loop of Adam.
 *
 * The graph does not see the copies of a weight (`model/copied-inputs.ts`): it reads their sums, and the gradient of a
 * sum is that of each copy. At full size that is a fiftieth of the numbers.
 */
import { SPARE } from './runs.ts';

/** The arrays of one weight, and their addresses. */
export interface Slot extends Readonly<Record<Kind, Float32Array>> {
  readonly addresses: Readonly<Record<Kind, number>>;
  /** The number of columns that act on the same input. */
  readonly copies: number;
}

/** `sums`: what the graph reads. If there is one copy, it is the array of the weights. */
type Kind = 'weights' | 'first' | 'second' | 'sums' | 'gradients';

export interface Arena {
  readonly memory: WebAssembly.Memory;
  readonly slots: readonly Slot[];
  /** The address of a space for the gradients of `PIECE` sums, spread to their copies. */
  readonly piece: number;
}

/** The copies of so many sums are updated together: few enough that they stay in a cache. */
export const PIECE = 512;

const PAGE = 2 ** 16;
/** Of a WebAssembly memory. */
const MOST_PAGES = 2 ** 16;
/** A cache line, which is also the widest vector of a processor. */
const ALIGNMENT = 64;

/**
 * `weights`: the size and the copies of each. `undefined` if they don't fit in one memory. Behind each array there is
 * space up to a multiple of 64 bytes.
 */
export function arenaFor(
  weights: readonly { readonly size: number; readonly copies: number }[],
): Arena | undefined {
  let end = 0;
  const next = (size: number) => {
    const address = end;
    end += ALIGNMENT * Math.ceil((4 * size) / ALIGNMENT);
    return address;
  };
  const places = weights.map(({ size, copies }) => {
    const address = next(size);
    const sums = copies === 1 ? address : next(size / copies);
    const moments = { first: next(size), second: next(size) };
    return { weights: address, ...moments, sums, gradients: next(size / copies) };
  });
  const piece = next(PIECE * Math.max(...weights.map(({ copies }) => copies)) + SPARE);
  const pages = Math.ceil(end / PAGE);
  if (pages > MOST_PAGES) return undefined;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const slots = places.map((addresses, index): Slot => {
    const { size, copies } = weights[index]!;
    const array = (kind: Kind, length: number) =>
      new Float32Array(memory.buffer, addresses[kind], length);
    return {
      ...{ addresses, copies },
      ...{ weights: array('weights', size), sums: array('sums', size / copies) },
      ...{ first: array('first', size), second: array('second', size) },
      gradients: array('gradients', size / copies),
    };
  });
  return { memory, slots, piece };
}
