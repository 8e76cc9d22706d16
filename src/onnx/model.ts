/**
 * An ONNX model as data (https://onnx.ai, onnx.proto3): a graph of nodes whose inputs and outputs are named values.
 */

export interface OnnxModel {
  readonly graph: OnnxGraph;
  /** The version of each operator set by its domain; `''` is the standard one. */
  readonly opsets: Readonly<Record<string, number>>;
}

export interface OnnxGraph {
  readonly name: string;
  /** In an order in which each value is computed before it is used. */
  readonly nodes: readonly OnnxNode[];
  /** Constant tensors. */
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

export interface OnnxNode {
  readonly name: string;
  readonly operation: string;
  /** The domain of the operator set. */
  readonly domain?: string;
  /** An empty name leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: OnnxAttributes;
}

export type OnnxAttributes = Readonly<Record<string, OnnxAttribute>>;

export type OnnxAttribute =
  | { readonly kind: 'float' | 'integer'; readonly value: number }
  | { readonly kind: 'floats' | 'integers'; readonly value: readonly number[] }
  | { readonly kind: 'string'; readonly value: string };

export type ElementType = 'float32' | 'int32' | 'int64' | 'bool';

/** `bytes`: the elements row-major, little-endian. */
export interface OnnxTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export interface OnnxValue {
  readonly name: string;
  readonly type: ElementType;
  /** A name stands for an extent that is known only at run time. */
  readonly shape: readonly (number | string)[];
}
