/** Writes a model with changes to its nodes and constants. Everything else is copied byte by byte. */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { carriedData } from './carried-data.ts';
import type { OnnxFile } from './open.ts';
import { type Piece, writePieces } from './pieces.ts';
import { type Changes, type WrittenModel, writtenModel } from './written-graph.ts';

/** Bytes that a Protocol Buffers message can have. */
const LIMIT = 2 ** 31 - 1;

/**
 * Writes `folder`/`name`, and external data beside it.
 *
 * @param limit bytes of the model's file. If it would be larger, the new weights are in `name`.data, or in
 * `name`.2.data if the model has that file
 */
export function writeChanged(
  file: OnnxFile,
  { chains, constants, unused }: Omit<Changes, 'carried'>,
  folder: string,
  name: string,
  limit = LIMIT,
): void {
  const carried = carriedData(file.bytes, file.graph, (part) =>
    'operation' in part ? !unused.nodes.has(part) : !unused.names.has(part.name),
  );
  // Exporters give the same name to the external data, which may stay.
  let location = `${name}.data`;
  for (let count = 2; file.externalFiles.includes(location); count++) {
    location = `${name}.${count}.data`;
  }
  const changes = { chains, constants, unused, carried };
  const { model, data }: WrittenModel = writtenModel(file, changes, limit, location);
  write(file, join(folder, name), model);
  carried.write(folder);
  if (data.length > 0) write(file, join(folder, location), data);
}

/** An existing file is never overwritten: it may be the one that is read. */
function write({ bytes }: OnnxFile, path: string, pieces: readonly Piece[]): void {
  const target = openSync(path, 'wx');
  try {
    writePieces(target, pieces, bytes);
  } finally {
    closeSync(target);
  }
}
