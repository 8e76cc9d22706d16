/** The type and shape that a model states for a value (`ValueInfoProto`). */
import { elementTypeName } from './element-types.ts';
import { fieldsOf, integerOf, spanOf, textOf } from './fields.ts';
import type { ModelBytes, Span } from './model-bytes.ts';
import type { Named } from './stored-graph.ts';

export interface TensorValue {
  readonly name: string;
  /** Undefined if it is not a tensor, or not stated. */
  readonly type: string | undefined;
  /** Undefined if not stated. A text names an extent that is known only at run time; it may be empty. */
  readonly shape: readonly (number | string)[] | undefined;
}

export function tensorValue(bytes: ModelBytes, { name, span }: Named): TensorValue {
  let type: string | undefined;
  let shape: (number | string)[] | undefined;
  // ValueInfoProto.type, TypeProto.tensor_type, its elem_type and its shape.
  for (const tensor of messages(bytes, messages(bytes, [span], 2), 1)) {
    for (const field of fieldsOf(bytes, tensor)) {
      if (field.number === 1) type = elementTypeName(integerOf(bytes, field));
      else if (field.number === 2) shape = extentsIn(bytes, spanOf(bytes, field));
    }
  }
  return { name, type, shape };
}

function* messages(bytes: ModelBytes, from: Iterable<Span>, number: number): Iterable<Span> {
  for (const span of from) {
    for (const field of fieldsOf(bytes, span)) {
      if (field.number === number) yield spanOf(bytes, field);
    }
  }
}

function extentsIn(bytes: ModelBytes, shape: Span): (number | string)[] {
  const extents: (number | string)[] = [];
  for (const dimension of messages(bytes, [shape], 1)) {
    let extent: number | string = '';
    for (const field of fieldsOf(bytes, dimension)) {
      if (field.number === 1) extent = integerOf(bytes, field);
      else if (field.number === 2) extent = textOf(bytes, field);
    }
    extents.push(extent);
  }
  return extents;
}
