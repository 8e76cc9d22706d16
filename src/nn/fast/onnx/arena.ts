/**
 * The memory of a training: weights, gradients and both moments, one after the other in one WebAssembly memory. ONNX
 * Runtime reads and writes the arrays in place, and so does the loop of Adam.
 */

/** The arrays of one weight: their addresses and lengths in bytes, and the arrays themselves. */
export interface Slot {
  readonly addresses: Readonly<Record<Kind, number>>;
  readonly weights: Float32Array;
  readonly gradients: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  /** A multiple of 16. Behind each array there are zeros up to this length. */
  readonly length: number;
}

export interface Arena {
  readonly memory: WebAssembly.Memory;
  readonly slots: readonly Slot[];
}

type Kind = (typeof kinds)[number];
const kinds = ['weights', 'gradients', 'first', 'second'] as const;

const PAGE = 2 ** 16;
/** Of a WebAssembly memory. */
const MOST_PAGES = 2 ** 16;
/** A cache line, which is also the widest vector of a processor. */
const ALIGNMENT = 64;

/** `sizes`: the number of elements of each weight. `undefined` if they don't fit in one memory. */
export function arenaFor(sizes: readonly number[]): Arena | undefined {
  const lengths = sizes.map((size) => ALIGNMENT * Math.ceil((4 * size) / ALIGNMENT));
  const bytes = kinds.length * lengths.reduce((sum, length) => sum + length, 0);
  const pages = Math.ceil(bytes / PAGE);
  if (pages > MOST_PAGES) return undefined;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  let end = 0;
  const slots = sizes.map((size, index): Slot => {
    const length = lengths[index]!;
    const next = () => {
      const address = end;
      end += length;
      return address;
    };
    const addresses = { weights: next(), gradients: next(), first: next(), second: next() };
    const array = (kind: Kind) => new Float32Array(memory.buffer, addresses[kind], size);
    return {
      ...{ addresses, length },
      ...{ weights: array('weights'), gradients: array('gradients') },
      ...{ first: array('first'), second: array('second') },
    };
  });
  return { memory, slots };
}
