/** Writes a model that also returns values inside its graph, such as the inputs of its layers. */
import { closeSync, openSync } from 'node:fs';
import { tagged } from '../base/protobuf.ts';
import type { OnnxFile } from './open.ts';
import { fieldPieces, writePieces, written } from './pieces.ts';
import { writeNode } from './write.ts';

/**
 * Everything else is copied byte by byte. The external data of the model must be beside the new file.
 *
 * @param outputs name of the new output -> the value that it returns. The names are new in the graph.
 */
export function writeWithOutputs(
  { graph, graphField, bytes }: OnnxFile,
  outputs: ReadonlyMap<string, string>,
  path: string,
): void {
  const added = [...outputs].flatMap(([name, value]) => [
    // A copy, because an input of the graph can't be an output.
    ...fieldPieces(1, [
      written((writer) =>
        writeNode(writer, {
          ...{ name, operation: 'Identity', inputs: [value], outputs: [name], attributes: {} },
        }),
      ),
    ]),
    // Without a type, which the runtime infers.
    ...fieldPieces(12, [written((writer) => tagged(writer, 1).string(name))]),
  ]);
  const pieces = [
    { from: 0, to: graphField.from },
    ...fieldPieces(7, [graph.span, ...added]),
    { from: graphField.to, to: bytes.size },
  ];
  const file = openSync(path, 'wx');
  try {
    writePieces(file, pieces, bytes);
  } finally {
    closeSync(file);
  }
}
