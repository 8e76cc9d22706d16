/**
 * A convolution of any number of axes as a matrix, by the schemes of nn/factored/schemes, and the factors of the
 * matrix as kernels again. Here a layer is known by its kernel alone, as in a file of another program.
 *
 * The kernel is [T, S, ...window]. The output channels and the axes of the left factor are the rows, the input channels
 * and the other axes the columns.
 */
import { permuteAxes } from '../../../linalg/kernel-matrix.ts';
import type { Matrix } from '../../../linalg/matrix.ts';
import { sizeOf } from '../../../nn/model/description.ts';

export interface KernelPart {
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** For each axis of the window, whether this part has the layer's extent, stride, dilation and padding there. */
  readonly keeps: readonly boolean[];
}

export interface KernelMatrix {
  readonly rows: number;
  readonly cols: number;
  matrix(kernel: Float32Array): Matrix;
  /** `matrix`: r x n. */
  right(matrix: Matrix): KernelPart;
  core(matrix: Matrix): KernelPart;
  /** `matrix`: m x r. */
  left(matrix: Matrix): KernelPart;
}

/** Whether the left factor has the axis. */
type Split = (axis: number, axes: number) => boolean;

const splits: Readonly<Record<string, Split>> = {
  channel: () => false,
  input: () => true,
  // The first axis is the vertical one.
  spatial: (axis) => axis > 0,
};

/** `undefined` if the scheme would not split the kernel: `spatial` needs two axes. */
export function kernelMatrix(shape: readonly number[], scheme: string): KernelMatrix | undefined {
  const [out, channels, ...window] = shape as readonly [number, number, ...number[]];
  const split = splits[scheme];
  if (!split || (scheme === 'spatial' && window.length !== 2)) return undefined;
  const axes = window.map((_, axis) => axis);
  const inLeft = axes.map((axis) => split(axis, axes.length));
  const leftAxes = axes.filter((axis) => inLeft[axis]);
  const rightAxes = axes.filter((axis) => !inLeft[axis]);
  const extents = (chosen: readonly number[]) => chosen.map((axis) => window[axis]!);
  const rows = out * sizeOf(extents(leftAxes));
  const cols = channels * sizeOf(extents(rightAxes));
  const order = [0, ...leftAxes.map((axis) => axis + 2), 1, ...rightAxes.map((axis) => axis + 2)];
  const none = axes.map(() => false);
  /** The window of a part that has the axes of one factor only. */
  const own = (left: boolean) => window.map((extent, axis) => (inLeft[axis] === left ? extent : 1));
  return {
    rows,
    cols,
    matrix: (kernel) => ({ rows, cols, data: permuteAxes(kernel, shape, order) }),
    right: ({ rows: rank, data }) => ({
      shape: [rank, channels, ...own(false)],
      data: Float32Array.from(data),
      keeps: inLeft.map((kept) => !kept),
    }),
    core: ({ rows: after, cols: before, data }) => ({
      shape: [after, before, ...axes.map(() => 1)],
      data: Float32Array.from(data),
      keeps: none,
    }),
    left: ({ cols: rank, data }) => ({
      shape: [out, rank, ...own(true)],
      // [T, axes, r] to [T, r, axes].
      data: permuteAxes(
        Float32Array.from(data),
        [out, ...extents(leftAxes), rank],
        [0, leftAxes.length + 1, ...leftAxes.map((_, i) => i + 1)],
      ),
      keeps: inLeft,
    }),
  };
}
