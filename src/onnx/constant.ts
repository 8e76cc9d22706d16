/** A constant value of a graph, and where rules for nodes find others. */
import type { ModelBytes } from './model-bytes.ts';
import type { StoredTensor } from './stored-tensor.ts';

export interface Constant {
  /** The name of the initializer, or the output of the node, that holds the elements. */
  readonly root: string;
  /** What was done to them: a text, or the order of the axes of a transpose. Equal steps give equal values. */
  readonly steps: readonly (string | readonly number[])[];
  readonly shape: readonly number[];
  readonly type: string;
  /** The type of the stored floats. It differs from `type` behind a `Cast`. */
  readonly stored: string;
  /** Nodes between it and its root. */
  readonly links: number;
  /** Why the elements can't be read here. */
  readonly unsupported?: string;
  /** As float32. */
  read(): Float32Array;
}

export interface ConstantSource {
  readonly bytes: ModelBytes;
  /** Undefined if the value is not constant. */
  at(name: string): Constant | undefined;
  /** The elements of a constant shape. */
  shapeAt(name: string): readonly number[] | undefined;
  /** The constant that is stored as `tensor`. */
  fromTensor(root: string, tensor: StoredTensor): Constant;
}
