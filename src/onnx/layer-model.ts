/** Writes one layer of a model as a model of its own, to run it alone. */
import { closeSync, openSync } from 'node:fs';
import { tagged } from '../base/protobuf.ts';
import { fieldsOf } from './fields.ts';
import { findLayers } from './find-layers.ts';
import type { OnnxFile } from './open.ts';
import { fieldPieces, type Piece, writePieces, written } from './pieces.ts';

/**
 * The node and the constants that it reads are copied byte by byte. Its other inputs become inputs of the model, with
 * the shapes that the file states. External data of the model must be beside the new file.
 *
 * @returns the names of inputs whose shapes the file does not state. Then nothing is written
 */
export function writeLayerModel(file: OnnxFile, layer: string, path: string): readonly string[] {
  const { graph, graphField, bytes } = file;
  const { constants, layers } = findLayers(file);
  const { node } = layers.find(({ name }) => name === layer)!;
  const names = new Set<string>();
  const inputs = new Set<string>();
  const fields = new Set([node.field.from]);
  const pending = node.inputs.filter((name) => name !== '');
  for (const name of pending) {
    if (names.has(name)) continue;
    names.add(name);
    const producer = constants.producer(name);
    if (!constants.at(name)) inputs.add(name);
    else if (producer) {
      fields.add(producer.field.from);
      pending.push(...producer.inputs.filter((one) => one !== ''));
    }
  }
  const stated = new Map(
    [...graph.values, ...graph.outputs, ...graph.inputs].map((one) => [one.name, one]),
  );
  const missing = [...inputs].filter((name) => !stated.has(name));
  if (missing.length > 0) return missing;
  const isKept = (one: { readonly name: string }) => names.has(one.name) && !inputs.has(one.name);
  // Before version 4, an initializer must also be an input.
  for (const one of [...graph.initializers, ...graph.inputs]) {
    if (isKept(one)) fields.add(one.field.from);
  }
  const pieces: Piece[] = [];
  for (const { number, whole } of fieldsOf(bytes, graph.span)) {
    // The graph must have a name.
    if (number === 2 || fields.has(whole.from)) pieces.push(whole);
  }
  for (const name of inputs) pieces.push(...fieldPieces(11, [stated.get(name)!.span]));
  // Without a type, which the runtime infers.
  const [output] = node.outputs;
  pieces.push(...fieldPieces(12, [written((writer) => tagged(writer, 1).string(output!))]));
  const model = [
    { from: 0, to: graphField.from },
    ...fieldPieces(7, pieces),
    { from: graphField.to, to: bytes.size },
  ];
  const target = openSync(path, 'wx');
  try {
    writePieces(target, model, bytes);
  } finally {
    closeSync(target);
  }
  return [];
}
