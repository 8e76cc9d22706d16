/**
 * Traces a computation: it runs once on the backend `tensorflow`, and the calls of TensorFlow's operations are
 * recorded. The same computation can then run as one graph, on other values of the same shapes.
 *
 * tfjs calls one operation after the other, and each call costs as much as a small operation. A graph has no such
 * calls, fuses operations that follow one another, and reuses memory.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type NativeBackend, nativeBackend } from '../backend.ts';
import type { Attributes, AttributeValue } from './attributes.ts';

/** The source of a value: a given tensor, or an output of a node. */
export type Source =
  | { readonly input: number }
  | { readonly node: number; readonly output: number };

export interface TracedNode {
  readonly operation: string;
  readonly inputs: readonly Source[];
  readonly attributes: Attributes;
}

export interface Trace {
  readonly nodes: readonly TracedNode[];
  readonly outputs: readonly Source[];
}

/**
 * Runs `compute`. It calls `given` with each tensor that may differ in the next run, before it uses the tensor. Other
 * tensors that it makes from numbers are constants. The inputs of the trace are the given tensors, in the order of the
 * calls. Its outputs are the results of `compute`. All tensors that `compute` makes are disposed of.
 */
export function trace(
  compute: (given: <T extends tf.Tensor>(tensor: T) => T) => readonly tf.Tensor[],
): Trace {
  const backend = nativeBackend();
  const { binding } = backend;
  const sources = new Map<number, Source>();
  const nodes: TracedNode[] = [];
  let inputs = 0;
  const sourceOf = (handle: number): Source => {
    const source = sources.get(handle);
    if (source === undefined)
      throw new Error('a traced computation uses a tensor that was made before it');
    return source;
  };
  const add = (node: TracedNode, handles: readonly number[]) => {
    const at = nodes.push(node) - 1;
    handles.forEach((handle, output) => {
      sources.set(handle, { node: at, output });
    });
  };
  const noted: Pick<NativeBackend['binding'], 'createTensor' | 'executeOp'> = {
    createTensor: (shape, type, values) => {
      const handle = binding.createTensor(shape, type, values);
      const { buffer, byteOffset, byteLength } = values;
      const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice();
      const value: AttributeValue = { kind: 'tensor', value: { type, shape: [...shape], bytes } };
      const attributes = { dtype: { kind: 'type', value: type }, value } as const;
      add({ operation: 'Const', inputs: [], attributes }, [handle]);
      return handle;
    },
    executeOp: (operation, given, handles, outputs) => {
      const from = handles.map(sourceOf);
      const results = binding.executeOp(operation, given, handles, outputs);
      const attributes = attributesOf(given, binding);
      const made = results.map(({ id }) => id);
      add({ operation, inputs: from, attributes }, made);
      return results;
    },
  };
  const given = <T extends tf.Tensor>(tensor: T): T => {
    backend.binding = binding;
    const [handle] = backend.getInputTensorIds([tensor]);
    backend.binding = listening;
    sources.set(handle!, { input: inputs++ });
    return tensor;
  };
  // Other properties belong to the binding and can't be written.
  const listening: NativeBackend['binding'] = Object.create(binding, {
    createTensor: { value: noted.createTensor },
    executeOp: { value: noted.executeOp },
  });
  backend.binding = listening;
  try {
    const outputs = tf.tidy(() => [...compute(given)]);
    const traced = backend.getInputTensorIds(outputs).map(sourceOf);
    tf.dispose(outputs);
    return { nodes, outputs: traced };
  } finally {
    backend.binding = binding;
  }
}

type GivenAttributes = Parameters<NativeBackend['binding']['executeOp']>[1];

function attributesOf(given: GivenAttributes, binding: NativeBackend['binding']): Attributes {
  const kinds = new Map([
    [binding.TF_ATTR_STRING, 'string'],
    [binding.TF_ATTR_INT, 'integer'],
    [binding.TF_ATTR_FLOAT, 'float'],
    [binding.TF_ATTR_BOOL, 'boolean'],
    [binding.TF_ATTR_TYPE, 'type'],
    [binding.TF_ATTR_SHAPE, 'shape'],
  ]);
  const entries = given.map(({ name, type, value }) => {
    const kind = kinds.get(type);
    if (kind === undefined) throw new Error(`unknown type of attribute: ${type}`);
    const listed = Array.isArray(value) && kind !== 'shape';
    return [name, { kind: listed ? `${kind}s` : kind, value } as AttributeValue] as const;
  });
  return Object.fromEntries(entries);
}
