/** Writes plain values as a YAML document that is easy to read and edit. */
import { Document, isMap, isScalar, type Node, type ScalarTag, visit } from 'yaml';
import type { Json, JsonObject } from '../../base/json.ts';
import type { Located } from './located.ts';

/** A value that is written as in its source: `1.0`, or a number that JavaScript can't represent. */
export class AsWritten {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): string {
    return this.text;
  }

  toString(): string {
    return this.text;
  }
}

/** The values of a tree for `writeDocument`. */
export function toWrite(node: Located): Json {
  switch (node.kind) {
    case 'scalar':
      return node.text === undefined ? node.value : (new AsWritten(node.text) as unknown as Json);
    case 'list':
      return node.items.map(toWrite);
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, toWrite(value)]));
  }
}

const asWritten: ScalarTag = {
  identify: (value) => value instanceof AsWritten,
  default: true,
  tag: 'tag:yaml.org,2002:str',
  // Matches nothing: the tag is used only for writing, where `identify` selects it.
  test: /^\b$/,
  resolve: (text) => text,
  stringify: ({ value }) => String(value),
};

/** A list of scalars up to this width is written on one line. */
const ONE_LINE = 60;

/** `comment` is placed at the top. Blank lines separate the top-level entries, and the stages. */
export function writeDocument(value: JsonObject, comment: string): string {
  const document = new Document(value, { customTags: (tags) => [asWritten, ...tags] });
  document.commentBefore = ` ${comment}`;
  visit(document, {
    Seq: (_, node) => {
      const width = JSON.stringify(node.toJSON()).length;
      if (node.items.every((item) => isScalar(item)) && width <= ONE_LINE) node.flow = true;
    },
  });
  setApart(document.contents);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function setApart(contents: Node | null): void {
  if (!isMap(contents)) return;
  for (const [index, { key, value }] of contents.items.entries()) {
    if (index > 0 && isScalar(key)) key.spaceBefore = true;
    const isStages = isScalar(key) && key.value === 'stages';
    if (!isStages || !isMap(value)) continue;
    for (const [place, entry] of value.items.entries()) {
      if (place > 0 && isScalar(entry.key)) entry.key.spaceBefore = true;
    }
  }
}
