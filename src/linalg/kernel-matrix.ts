/**
 * Arrays of several axes as matrices. The kernel of a convolution, [out, in, height, width], has one matrix for each
 * way to assign its axes to rows and columns. The factors of such a matrix are then turned back into the layout of a
 * kernel.
 */

/**
 * The array with its axes in another order: axis t of the result is axis `order[t]` of `data`, which has shape `shape`.
 * Both are row-major. Always a copy, of the same float width.
 */
export function permuteAxes<A extends Float32Array | Float64Array>(
  data: A,
  shape: readonly number[],
  order: readonly number[],
): A {
  if (data.length !== shape.reduce((product, extent) => product * extent, 1)) {
    throw new RangeError(`${data.length} values don't fill [${shape.join(', ')}]`);
  }
  const strides = shape.map((_, axis) =>
    shape.slice(axis + 1).reduce((product, extent) => product * extent, 1),
  );
  const permuted = data.slice() as A;
  let to = 0;
  const copy = (axis: number, from: number): void => {
    const stride = strides[order[axis]!]!;
    const end = from + stride * shape[order[axis]!]!;
    if (axis < order.length - 1) {
      for (let at = from; at < end; at += stride) copy(axis + 1, at);
    } else {
      for (let at = from; at < end; at += stride) permuted[to++] = data[at]!;
    }
  };
  copy(0, 0);
  return permuted;
}
