/** Multiply-add operations of a layer for one sample, whole and factored. */
import { sizeOf } from '../../../nn/model/description.ts';
import type { Costs } from '../layers/budget-units.ts';
import { kernelMatrix } from '../layers/convolution-matrix.ts';
import { countedAs } from './chosen-ranks.ts';

/** The axes of the input and the output besides samples and channels. */
export interface Extents {
  readonly input: readonly number[];
  readonly output: readonly number[];
}

/** @param positions to which the layer is applied in a sample */
export function denseMacs(
  { rows, cols }: { readonly rows: number; readonly cols: number },
  positions: number,
  form: string | null,
): Costs {
  const { parameters } = countedAs(form, { kind: 'dense', rows, cols });
  return {
    whole: positions * rows * cols,
    ofRank: (rank) => positions * parameters(rank),
  };
}

/** A convolution as far as its operations need it. */
export interface Kernel {
  /** [outputs, inputs / groups, ...window]. */
  readonly shape: readonly number[];
  readonly groups: number;
}

/** `undefined` if the scheme does not split the kernel. */
export function convolutionMacs(
  { shape, groups }: Kernel,
  scheme: string,
  { input, output }: Extents,
  form: string | null,
): Costs | undefined {
  const [outputs, ...rest] = shape as [number, ...number[]];
  const kernel = kernelMatrix([outputs / groups, ...rest], scheme);
  if (!kernel) return undefined;
  const { rows, cols } = kernel;
  const right = kernel.right({ rows: 1, cols, data: new Float32Array(cols) });
  const between = right.keeps.map((kept, axis) => (kept ? output : input)[axis]!);
  const perRank = cols * sizeOf(between) + rows * sizeOf(output);
  // A core of three factors acts between the others.
  const perSquare = form === 'cur-three' ? sizeOf(between) : 0;
  return {
    whole: sizeOf(shape) * sizeOf(output),
    ofRank: (rank) => groups * (rank * perRank + rank * rank * perSquare),
  };
}

/** Of a weight that several layers share. Unknown if one of them is. */
export function sumOf(costs: readonly (Costs | undefined)[]): Costs | undefined {
  return costs.reduce(
    (sum, one) =>
      sum &&
      one && {
        whole: sum.whole + one.whole,
        ofRank: (rank) => sum.ofRank(rank) + one.ofRank(rank),
      },
  );
}
