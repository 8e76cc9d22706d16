/** What the layers of a training step are built with, and what they become. */
import type { OnnxGraphBuilder, Value } from '../../../../onnx/graph-builder.ts';
import type { Positions } from '../positions.ts';
import type { StoredLayout } from '../stored-layout.ts';

/** The values between two layers, as a matrix. */
export type Activation = MapActivation | FlatActivation;

/** The rows are the positions of maps, the columns their channels. */
export interface MapActivation {
  readonly value: Value;
  readonly columns: number;
  readonly positions: Positions;
  /** Whether the empty rows are known to be zero. In gradients they always are. */
  readonly zeroed: boolean;
}

/** The rows are samples, the columns features. */
export interface FlatActivation {
  readonly value: Value;
  readonly columns: number;
  readonly positions?: undefined;
}

export interface Building {
  readonly graph: OnnxGraphBuilder;
  /** The size of the batch. */
  readonly samples: number;
  /** A weight, as a matrix or vector of this layout. */
  parameter(name: string, layout: StoredLayout): Value;
  /** PyTorch's shape of a weight. */
  shapeOf(name: string): readonly number[];
  isTrained(name: string): boolean;
  /** Values that are computed once from fixed weights. */
  fixed(name: string, compute: (read: (name: string) => Float32Array) => Float32Array): Value;
  /** Hands over the gradient of a trained weight, in its layout. */
  gradient(name: string, value: Value): void;
  /** The sum over the rows of a gradient, a vector. `like`: what its rows and columns are. */
  columnSums(gradient: Value, like: Activation): Value;
  /** `gradient` holds each element of `shorter` once and is zero elsewhere, so their column sums are equal. */
  sameSums(gradient: Value, shorter: Value, like: Activation): void;
  /** Hands over the vector that a running statistic moves towards. */
  statistic(name: string, value: Value): void;
  /** A mask of dropout for all rows of `at`, in its order. */
  mask(dropout: { readonly layer: number; readonly rate: number }, at: Activation): Value;
}

/** One layer in the graph. */
export interface Built<A extends Activation = Activation> {
  readonly output: A;
  /**
   * From the gradient of the output to that of the input, which is only computed if `inputGradient` is set. Hands over
   * the gradients of the weights.
   */
  backward(error: Value, inputGradient: boolean): Value;
}
