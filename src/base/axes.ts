/** Arrays of several axes, row-major. */

/** The number of elements. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** The array with its axes in another order. `data` has `shape`; axis t of the result is axis `order[t]`. */
export function permuted(
  data: Float32Array,
  shape: readonly number[],
  order: readonly number[],
): Float32Array {
  if (order.every((axis, place) => axis === place)) return data;
  if (shape.length === 2) return transposedMatrix(data, shape[0]!, shape[1]!);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
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

/** Rows and columns per block, so that a block stays in the cache. */
const BLOCK = 32;

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
