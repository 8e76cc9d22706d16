/**
 * Vectors inside a matrix (rows or columns, of either float width), and how they are copied into the panels that the
 * kernel multiplies (`kernels/panels.ts`).
 */

import { WIDTH } from './kernels/panels.ts';
import type { Matrix } from './matrix.ts';

/** `count` vectors of `length` entries inside a row-major matrix: entry p of vector i is at i*step + p*stride. */
export interface Vectors {
  readonly count: number;
  readonly length: number;
  readonly step: number;
  readonly stride: number;
  readonly data: Float32Array | Float64Array;
}

export function rowsOf(a: Matrix): Vectors {
  return { count: a.rows, length: a.cols, step: a.cols, stride: 1, data: a.data };
}

export function columnsOf(a: Matrix): Vectors {
  return { count: a.cols, length: a.rows, step: 1, stride: a.cols, data: a.data };
}

/** Rounds up to full panels. */
export function roundUp(count: number): number {
  return Math.ceil(count / WIDTH) * WIDTH;
}

/** Copies entries [from, from + depth) of `count` vectors into panels. The last panel is padded with zeros. */
export function pack(
  v: Vectors,
  first: number,
  count: number,
  from: number,
  depth: number,
  into: Float64Array,
): void {
  const { data, step, stride } = v;
  for (let t = 0; t < count; t += WIDTH) {
    const width = Math.min(WIDTH, count - t);
    const at = (first + t) * step + from * stride;
    const to = t * depth;
    if (width === WIDTH) packFour(data, at, step, stride, depth, into, to);
    else {
      for (let p = 0; p < depth; p++) {
        for (let u = 0; u < WIDTH; u++) {
          into[to + p * WIDTH + u] = u < width ? data[at + u * step + p * stride]! : 0;
        }
      }
    }
  }
}

function packFour(
  data: Float32Array | Float64Array,
  at: number,
  step: number,
  stride: number,
  depth: number,
  into: Float64Array,
  to: number,
): void {
  for (let p = 0; p < depth; p++) {
    into[to] = data[at]!;
    into[to + 1] = data[at + step]!;
    into[to + 2] = data[at + 2 * step]!;
    into[to + 3] = data[at + 3 * step]!;
    to += WIDTH;
    at += stride;
  }
}
