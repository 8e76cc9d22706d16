/** A tensor of a model's file (`TensorProto`): where its elements are. They are not read here. */
import { elementSize, elementTypeName } from './element-types.ts';
import { type ExternalPlace, externalPlace } from './external-data.ts';
import { addIntegers, type Field, fieldsOf, integerOf, spanOf, textOf } from './fields.ts';
import type { ModelBytes, Span } from './model-bytes.ts';
import { EXTERNAL, EXTERNAL_DATA } from './tensor-messages.ts';

export interface StoredTensor {
  readonly name: string;
  /** The name of the type of its elements. */
  readonly type: string;
  readonly shape: readonly number[];
  readonly count: number;
  readonly elements: Elements;
  /** The message. */
  readonly span: Span;
}

type Elements =
  | { readonly in: 'bytes'; readonly span: Span }
  | { readonly in: 'file'; readonly place: ExternalPlace }
  /** Fields of numbers, such as `float_data`. */
  | { readonly in: 'numbers'; readonly fields: readonly Field[] };

const DIMENSIONS_LIMIT = 64;
/** The numbers of the fields that hold elements as numbers or strings. */
const NUMBERS: readonly number[] = [4, 5, 6, 7, 10, 11];

/** @throws ExpectedError if shape, type and elements contradict each other */
export function readTensor(bytes: ModelBytes, span: Span): StoredTensor {
  const shape: number[] = [];
  const fields: Field[] = [];
  const external = new Map<string, string>();
  let name = '';
  let code = 0;
  let raw: Span | undefined;
  let isExternal = false;
  for (const field of fieldsOf(bytes, span)) {
    if (field.number === 1) addIntegers(bytes, field, shape, DIMENSIONS_LIMIT);
    else if (field.number === 2) code = integerOf(bytes, field);
    else if (field.number === 3) throw bytes.damaged(span.from, 'a tensor has segments');
    else if (field.number === 8) name = textOf(bytes, field);
    else if (field.number === 9) raw = spanOf(bytes, field);
    else if (field.number === EXTERNAL_DATA) addEntry(bytes, spanOf(bytes, field), external);
    else if (field.number === 14) isExternal = integerOf(bytes, field) === EXTERNAL;
    else if (NUMBERS.includes(field.number)) fields.push(field);
  }
  const type = elementTypeName(code);
  const label = `the tensor '${name}' (${type} [${shape.join(', ')}])`;
  const count = countOf(shape);
  if (count === undefined) throw bytes.damaged(span.from, `the shape of ${label} is not possible`);
  const known = { name, type, shape, count, span };
  const size = elementSize(type);
  const length = size === undefined ? undefined : count * size;
  if (isExternal) {
    const place = externalPlace(bytes, label, external, length);
    return { ...known, elements: { in: 'file', place } };
  }
  if (raw) {
    if (length === undefined || raw.to - raw.from === length) {
      return { ...known, elements: { in: 'bytes', span: raw } };
    }
    const found = `it has ${raw.to - raw.from}`;
    throw bytes.damaged(span.from, `${label} needs ${length} bytes, and ${found}`);
  }
  const capacity = fields.reduce((sum, { whole }) => sum + whole.to - whole.from, 0);
  // Two elements of 4 bits share a number.
  if (count > 2 * capacity) {
    throw bytes.damaged(span.from, `${label} needs ${count} elements, and it has fewer`);
  }
  return { ...known, elements: { in: 'numbers', fields } };
}

/** The number of elements. Undefined if an extent is negative, or the product has more than 53 bits. */
export function countOf(shape: readonly number[]): number | undefined {
  if (shape.some((extent) => !Number.isSafeInteger(extent) || extent < 0)) return undefined;
  if (shape.includes(0)) return 0;
  const count = shape.reduce((product, extent) => product * extent, 1);
  return Number.isSafeInteger(count) ? count : undefined;
}

function addEntry(bytes: ModelBytes, span: Span, entries: Map<string, string>): void {
  let [key, value] = ['', ''];
  for (const field of fieldsOf(bytes, span)) {
    if (field.number === 1) key = textOf(bytes, field);
    else if (field.number === 2) value = textOf(bytes, field);
  }
  entries.set(key, value);
}
