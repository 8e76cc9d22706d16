/**
 * The graph of a model's file (`GraphProto`), without the elements of its tensors. Each part knows its span, so that a
 * writer can copy the parts that it does not change.
 */
import { type Field, fieldsOf, spanOf, textOf } from './fields.ts';
import type { ModelBytes, Span } from './model-bytes.ts';
import { readTensor, type StoredTensor } from './stored-tensor.ts';

export interface StoredGraph {
  readonly span: Span;
  readonly nodes: readonly StoredNode[];
  /** `sparse` ones have a name and no elements that are read here. */
  readonly initializers: readonly Placed<StoredTensor>[];
  readonly sparse: readonly string[];
  readonly inputs: readonly Named[];
  readonly outputs: readonly Named[];
  /** What the file says about other values (`value_info`). */
  readonly values: readonly Named[];
  readonly notes: readonly Named[];
}

/** A part, and the field that it is: its bytes with its tag. */
export type Placed<T> = T & { readonly field: Span };

/** A value with a name. `span` is the message. */
export interface Named {
  readonly name: string;
  readonly span: Span;
  readonly field: Span;
}

export interface StoredNode {
  readonly field: Span;
  readonly name: string;
  readonly operation: string;
  /** `''` is the standard one. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, StoredAttribute>;
  /** Documentation and metadata, with their tags. */
  readonly notes: readonly Span[];
}

/** Numbers are read on request: see `attributes.ts`. */
export interface StoredAttribute {
  readonly span: Span;
  readonly tensors: readonly StoredTensor[];
  readonly graphs: readonly StoredGraph[];
}

/** Of graphs in graphs. */
const DEPTH_LIMIT = 16;

export function readGraph(bytes: ModelBytes, span: Span, depth = 0): StoredGraph {
  if (depth > DEPTH_LIMIT) {
    throw bytes.damaged(span.from, `graphs are nested more than ${DEPTH_LIMIT} levels deep`);
  }
  const nodes: StoredNode[] = [];
  const initializers: Placed<StoredTensor>[] = [];
  const sparse: string[] = [];
  const [inputs, outputs, values, notes]: Named[][] = [[], [], [], []];
  for (const field of fieldsOf(bytes, span)) {
    if (field.number === 1) nodes.push(readNode(bytes, field, depth));
    else if (field.number === 5) {
      initializers.push({ ...readTensor(bytes, spanOf(bytes, field)), field: field.whole });
    } else if (field.number === 11) inputs!.push(named(bytes, field));
    else if (field.number === 12) outputs!.push(named(bytes, field));
    else if (field.number === 13) values!.push(named(bytes, field));
    else if (field.number === 14) notes!.push(named(bytes, field));
    else if (field.number === 15) sparse.push(sparseName(bytes, spanOf(bytes, field)));
  }
  return {
    ...{ span, nodes, initializers, sparse },
    ...{ inputs: inputs!, outputs: outputs!, values: values!, notes: notes! },
  };
}

function readNode(bytes: ModelBytes, message: Field, depth: number): StoredNode {
  const [inputs, outputs]: [string[], string[]] = [[], []];
  const attributes = new Map<string, StoredAttribute>();
  const notes: Span[] = [];
  let [name, operation, domain] = ['', '', ''];
  for (const field of fieldsOf(bytes, spanOf(bytes, message))) {
    if (field.number === 1) inputs.push(textOf(bytes, field));
    else if (field.number === 2) outputs.push(textOf(bytes, field));
    else if (field.number === 3) name = textOf(bytes, field);
    else if (field.number === 4) operation = textOf(bytes, field);
    else if (field.number === 5) {
      const [key, attribute] = readAttribute(bytes, spanOf(bytes, field), depth);
      if (attributes.has(key)) {
        throw bytes.damaged(field.whole.from, `a node has two attributes '${key}'`);
      }
      attributes.set(key, attribute);
    } else if (field.number === 7) domain = textOf(bytes, field);
    else if (field.number === 6 || field.number === 9) notes.push(field.whole);
  }
  if (domain === 'ai.onnx') domain = '';
  return { field: message.whole, name, operation, domain, inputs, outputs, attributes, notes };
}

function readAttribute(
  bytes: ModelBytes,
  span: Span,
  depth: number,
): readonly [string, StoredAttribute] {
  let name = '';
  const tensors: StoredTensor[] = [];
  const graphs: StoredGraph[] = [];
  for (const field of fieldsOf(bytes, span)) {
    if (field.number === 1) name = textOf(bytes, field);
    else if (field.number === 5 || field.number === 10) {
      tensors.push(readTensor(bytes, spanOf(bytes, field)));
    } else if (field.number === 6 || field.number === 11) {
      graphs.push(readGraph(bytes, spanOf(bytes, field), depth + 1));
    }
  }
  return [name, { span, tensors, graphs }];
}

/** The name of a message whose first field is its name. */
function named(bytes: ModelBytes, field: Field): Named {
  const span = spanOf(bytes, field);
  let name = '';
  for (const one of fieldsOf(bytes, span)) {
    if (one.number === 1) name = textOf(bytes, one);
  }
  return { name, span, field: field.whole };
}

/** `SparseTensorProto`: the name is that of its values. */
function sparseName(bytes: ModelBytes, span: Span): string {
  for (const field of fieldsOf(bytes, span)) {
    if (field.number === 1) return readTensor(bytes, spanOf(bytes, field)).name;
  }
  return '';
}
