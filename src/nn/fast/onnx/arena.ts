/**
 * The memory of a training: weights, gradients and both moments, one after the other in a WebAssembly memory. ONNX
 * Runtime reads and writes the arrays in place, and so does the loop of Adam. Weights that do not fit in one memory get
 * several.
 *
 * The graph does not see the copies of a weight (`model/copied-inputs.ts`): it reads their sums, and the gradient of a
 * sum is that of each copy. At full size that is a fiftieth of the numbers.
 */
import { MOST_BYTES, memoryFor, Places } from './memory.ts';
import { SPARE } from './runs.ts';

/** The arrays of one weight, and their addresses. */
export interface Slot extends Readonly<Record<Kind, Float32Array>> {
  readonly addresses: Readonly<Record<Kind, number>>;
  /** The number of columns that act on the same input. */
  readonly copies: number;
}

/** `sums`: what the graph reads. If there is one copy, it is the array of the weights. */
type Kind = 'weights' | 'first' | 'second' | 'sums' | 'gradients';

/** One memory. */
export interface Arena {
  readonly memory: WebAssembly.Memory;
  readonly slots: readonly Slot[];
  /** The address of a space for the gradients of `PIECE` sums, spread to their copies. */
  readonly piece: number;
}

/** The copies of so many sums are updated together: few enough that they stay in a cache. */
export const PIECE = 512;

interface Extent {
  readonly size: number;
  readonly copies: number;
}

/** `weights`: the size and the copies of each. Their slots are in the same order. */
export function arenasFor(weights: readonly Extent[], most = MOST_BYTES): readonly Arena[] {
  const groups: Extent[][] = [[]];
  for (const weight of weights) {
    const group = groups.at(-1)!;
    if (group.length === 0 || placesFor([...group, weight]).all.bytes <= most) group.push(weight);
    else groups.push([weight]);
  }
  return groups.map(arenaFor);
}

function placesFor(weights: readonly Extent[]) {
  const all = new Places();
  const slots = weights.map(({ size, copies }) => {
    const address = all.next(size);
    const sums = copies === 1 ? address : all.next(size / copies);
    const moments = { first: all.next(size), second: all.next(size) };
    return { weights: address, ...moments, sums, gradients: all.next(size / copies) };
  });
  const piece = all.next(PIECE * Math.max(...weights.map(({ copies }) => copies)) + SPARE);
  return { all, slots, piece };
}

function arenaFor(weights: readonly Extent[]): Arena {
  const { all, slots, piece } = placesFor(weights);
  const memory = memoryFor(all);
  return {
    ...{ memory, piece },
    slots: slots.map((addresses, index): Slot => {
      const { size, copies } = weights[index]!;
      const array = (kind: Kind, length: number) =>
        new Float32Array(memory.buffer, addresses[kind], length);
      return {
        ...{ addresses, copies },
        ...{ weights: array('weights', size), sums: array('sums', size / copies) },
        ...{ first: array('first', size), second: array('second', size) },
        gradients: array('gradients', size / copies),
      };
    }),
  };
}
