/** Plain values as the YAML text of a document that people read and edit. */
import { Document, isMap, isScalar, type Node, visit } from 'yaml';
import type { JsonObject } from '../json.ts';

/** A list of short values up to this width stands on one line. */
const ONE_LINE = 60;

/** `comment` stands at the top. The entries of the maps at the top level are set apart by blank lines. */
export function writeDocument(value: JsonObject, comment: string): string {
  const document = new Document(value);
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
