/** The attributes of a node, read on request. An attribute that is absent, or of another kind, is undefined. */
import { addIntegers, fieldsOf, floatOf, integerOf, textOf } from './fields.ts';
import type { ModelBytes } from './model-bytes.ts';
import type { StoredNode } from './stored-graph.ts';

/** Attributes that are read here have one number per axis, or two. */
const LIST_LIMIT = 1 << 16;

export function integerAttribute(
  bytes: ModelBytes,
  node: StoredNode,
  name: string,
): number | undefined {
  return attribute(bytes, node, name, 3, integerOf);
}

export function floatAttribute(
  bytes: ModelBytes,
  node: StoredNode,
  name: string,
): number | undefined {
  return attribute(bytes, node, name, 2, floatOf);
}

export function textAttribute(
  bytes: ModelBytes,
  node: StoredNode,
  name: string,
): string | undefined {
  return attribute(bytes, node, name, 4, textOf);
}

export function integersAttribute(
  bytes: ModelBytes,
  node: StoredNode,
  name: string,
): readonly number[] | undefined {
  const found = node.attributes.get(name);
  if (!found) return undefined;
  const integers: number[] = [];
  for (const field of fieldsOf(bytes, found.span)) {
    if (field.number === 8) addIntegers(bytes, field, integers, LIST_LIMIT);
  }
  return integers;
}

function attribute<T>(
  bytes: ModelBytes,
  node: StoredNode,
  name: string,
  number: number,
  read: (bytes: ModelBytes, field: Parameters<typeof integerOf>[1]) => T,
): T | undefined {
  const found = node.attributes.get(name);
  let value: T | undefined;
  if (!found) return undefined;
  for (const field of fieldsOf(bytes, found.span)) {
    if (field.number === number) value = read(bytes, field);
  }
  return value;
}
