/** A constant with its axes in another order. */
import type { Constant } from './constant.ts';

/** Axis t of the result is axis `order[t]`. Two transposes that undo each other leave the constant as it was. */
export function transposed(from: Constant, order: readonly number[]): Constant {
  const last = from.steps.at(-1);
  const before = typeof last === 'object' ? last : undefined;
  const whole = before ? order.map((axis) => before[axis]!) : order;
  const kept = before ? from.steps.slice(0, -1) : from.steps;
  const isNone = whole.every((axis, place) => axis === place);
  return {
    ...from,
    shape: order.map((axis) => from.shape[axis]!),
    steps: isNone ? kept : [...kept, whole],
    read: () => permuted(from.read(), from.shape, order),
  };
}

/** Rows and columns per block, so that a block stays in the cache. */
const BLOCK = 32;

/** The array with its axes in another order, row-major. `data` has `shape`. */
export function permuted(
  data: Float32Array,
  shape: readonly number[],
  order: readonly number[],
): Float32Array {
  if (order.every((axis, place) => axis === place)) return data;
  if (shape.length === 2) return transposedMatrix(data, shape[0]!, shape[1]!);
  const strides = shape.map((_, axis) => product(shape.slice(axis + 1)));
  const result = new Float32Array(data.length);
  if (data.length === 0) return result;
  let to = 0;
  const copy = (place: number, from: number): void => {
    const axis = order[place]!;
    const [stride, extent] = [strides[axis]!, shape[axis]!];
    for (let i = 0; i < extent; i++) {
      if (place < order.length - 1) copy(place + 1, from + i * stride);
      else result[to++] = data[from + i * stride]!;
    }
  };
  copy(0, 0);
  return result;
}

export function transposedMatrix<A extends Float32Array | Int8Array>(
  data: A,
  rows: number,
  columns: number,
): A {
  const result = data.slice() as A;
  for (let top = 0; top < rows; top += BLOCK) {
    const bottom = Math.min(top + BLOCK, rows);
    for (let left = 0; left < columns; left += BLOCK) {
      const right = Math.min(left + BLOCK, columns);
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          result[column * rows + row] = data[row * columns + column]!;
        }
      }
    }
  }
  return result;
}

function product(extents: readonly number[]): number {
  return extents.reduce((all, extent) => all * extent, 1);
}
