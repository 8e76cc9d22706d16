/**
 * Dot products of two blocks of vectors in WebAssembly (`panels.wat`), in float64, two numbers at a time. This takes a
 * third of the time of a loop in JavaScript and gives the same bits. (Fused multiply-add would be faster still, but
 * gives different bits on some processors.)
 */
import { panelsModule } from './panels-module.ts';

/** Vectors are interleaved in panels of this many, so that the kernel reads memory in order. */
export const WIDTH = 4;
/** The maximum number of vectors and entries at once: blocks of this size fit the caches. */
export const LEFT_BLOCK = 64;
export const RIGHT_BLOCK = 512;
export const DEPTH = 256;

export interface Panels {
  /** Both are filled before `multiply`: entry p of vector i is at (i - i % WIDTH) depth + WIDTH p + i % WIDTH. */
  readonly left: Float64Array;
  readonly right: Float64Array;
  /** Row-major. */
  readonly out: Float64Array;
  /**
   * out[i, j] = x_i . y_j, for multiples of WIDTH of rows and columns. Skips tiles of WIDTH x WIDTH that begin at j > i
   * + diagonal; these keep their old contents.
   */
  multiply(rows: number, columns: number, depth: number, diagonal: number): void;
}

let made: Panels | undefined;

/** One per thread. A caller finishes with it before the next one starts. */
export function panels(): Panels {
  made ??= makePanels();
  return made;
}

const PAGE = 2 ** 16;

interface Exports {
  multiplyPanels(
    ...words: [
      ...[left: number, right: number, out: number],
      ...[rows: number, columns: number, depth: number, diagonal: number],
    ]
  ): void;
}

function makePanels(): Panels {
  const lengths = [LEFT_BLOCK * DEPTH, RIGHT_BLOCK * DEPTH, LEFT_BLOCK * RIGHT_BLOCK];
  const bytes = 8 * lengths.reduce((sum, length) => sum + length, 0);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  const module = new WebAssembly.Module(Buffer.from(panelsModule, 'base64'));
  const { exports } = new WebAssembly.Instance(module, { panels: { memory } });
  const { multiplyPanels } = exports as unknown as Exports;
  let from = 0;
  const [left, right, out] = lengths.map((length) => {
    const part = new Float64Array(memory.buffer, from, length);
    from += part.byteLength;
    return part;
  }) as [Float64Array, Float64Array, Float64Array];
  return {
    left,
    right,
    out,
    multiply: (...size) =>
      multiplyPanels(left.byteOffset, right.byteOffset, out.byteOffset, ...size),
  };
}
