/**
 * A located tree as bytes and back: what a long document was parsed to, so that it is parsed once.
 *
 * Places are kept as offsets; lines and columns are found again from the text, which is at hand.
 */
import { basename } from 'node:path';
import { type Located, type LocatedEntry, type Scalar, scalarAt } from './located.ts';
import type { SourceFile, Span } from './source.ts';

/** Of the layout below. */
const VERSION = 3;

/** The program that wrote it: another one may find faults in what this one found well. */
const PROGRAM = basename(import.meta.url);

const SCALAR = 0;
const LIST = 1;
const MAP = 2;
const WRITTEN = 3;

/**
 * Version, count of numbers, the numbers, then JSON of the program, and of all texts and values. A node is its
 * kind, start and end, then: the place of its value, and for `WRITTEN` the place of its text; or the number of
 * items and these; or the number of entries and for each the place of its key, the key's start and end, and its
 * value.
 */
export function packTree(root: Located): Uint8Array {
  const numbers: number[] = [];
  const values: Scalar[] = [];
  const places = new Map<Scalar, number>();
  const place = (value: Scalar): number => {
    let at = places.get(value);
    if (at === undefined) {
      at = values.push(value) - 1;
      places.set(value, at);
    }
    return at;
  };
  const pack = (node: Located): void => {
    const { start, end } = node.span;
    switch (node.kind) {
      case 'scalar':
        if (node.text === undefined) numbers.push(SCALAR, start, end, place(node.value));
        else numbers.push(WRITTEN, start, end, place(node.value), place(node.text));
        break;
      case 'list':
        numbers.push(LIST, start, end, node.items.length);
        for (const item of node.items) pack(item);
        break;
      case 'map':
        numbers.push(MAP, start, end, node.entries.size);
        for (const [key, { keySpan, value }] of node.entries) {
          numbers.push(place(key), keySpan.start, keySpan.end);
          pack(value);
        }
        break;
    }
  };
  pack(root);
  const head = Int32Array.from([VERSION, numbers.length]);
  const body = Int32Array.from(numbers);
  return Buffer.concat([
    new Uint8Array(head.buffer),
    new Uint8Array(body.buffer),
    Buffer.from(JSON.stringify([PROGRAM, ...values])),
  ]);
}

/** Undefined where the bytes are of another version or program. Takes bytes that `packTree` made for this text. */
export function unpackTree(bytes: Uint8Array, source: SourceFile): Located | undefined {
  const aligned = new Uint8Array(bytes);
  const [version, count] = new Int32Array(aligned.buffer, 0, 2);
  if (version !== VERSION) return undefined;
  const numbers = new Int32Array(aligned.buffer, 8, count);
  const text = Buffer.from(aligned.buffer, 8 + 4 * count!).toString();
  const [program, ...values] = JSON.parse(text) as Scalar[];
  if (program !== PROGRAM) return undefined;
  const lines = new Lines(source);
  let at = 0;
  const next = (): number => numbers[at++]!;
  const unpack = (): Located => {
    const kind = next();
    const span = lines.span(next(), next());
    const size = next();
    if (kind === SCALAR) return scalarAt(values[size]!, span, source);
    if (kind === WRITTEN) {
      return { ...scalarAt(values[size]!, span, source), text: values[next()] as string };
    }
    if (kind === LIST) {
      const items: Located[] = [];
      for (let i = 0; i < size; i++) items.push(unpack());
      return { kind: 'list', items, span };
    }
    const entries = new Map<string, LocatedEntry>();
    for (let i = 0; i < size; i++) {
      const key = values[next()] as string;
      const keySpan = lines.span(next(), next());
      entries.set(key, { keySpan, value: unpack() });
    }
    return { kind: 'map', entries, span };
  };
  return unpack();
}

/** Places mostly come in rising order, so the line is looked for near the last one. */
class Lines {
  private readonly file: string;
  private readonly starts: number[] = [0];
  private line = 0;

  constructor({ path, text }: SourceFile) {
    this.file = path;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
      this.starts.push(at + 1);
    }
  }

  span(start: number, end: number): Span {
    const { starts } = this;
    while (starts[this.line]! > start) this.line--;
    while (this.line + 1 < starts.length && starts[this.line + 1]! <= start) this.line++;
    const column = start - starts[this.line]! + 1;
    return { file: this.file, start, end, line: this.line + 1, column };
  }
}
