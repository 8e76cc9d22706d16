/** Writes a model with layers replaced by chains of smaller layers. */
import { ExpectedError } from '../base/expected-error.ts';
import { namesRead } from './check-graph.ts';
import { statedShapes } from './extents.ts';
import { findLayers } from './find-layers.ts';
import { type NewNode, NewParts } from './new-parts.ts';
import type { OnnxFile } from './open.ts';
import { replaceConvolution } from './replaced-convolution.ts';
import { replaceGemm, replaceMatMul } from './replaced-dense.ts';
import type { OnnxReplacement, Rewriting } from './replaced-layer.ts';
import type { StoredGraph, StoredNode } from './stored-graph.ts';
import { unusedConstants } from './unused-constants.ts';
import { writeChanged } from './write-changed.ts';

export type { OnnxReplacement, ReplacementPart } from './replaced-layer.ts';

/** The first operator set in which `DequantizeLinear` has an axis. */
const INT8_OPSET = 13;

/** @throws ExpectedError if the operators of the model can't hold weights in 8 bits with a scale per output */
export function requireInt8({ path, opset }: OnnxFile): void {
  if (opset >= INT8_OPSET) return;
  throw new ExpectedError(
    `${path}: weights in 8 bits need opset ${INT8_OPSET}, and the model has opset ${opset}`,
    `Export the model again with opset ${INT8_OPSET} or later, or convert it with onnx.version_converter.`,
  );
}

/**
 * Writes `folder`/`name`, and external data beside it. Nodes and tensors that are not replaced are copied byte by byte.
 * Constants that nothing uses any more are left out.
 *
 * @param replacements by the names of layers
 * @param limit see `writeChanged`
 */
export function writeReplaced(
  file: OnnxFile,
  replacements: ReadonlyMap<string, OnnxReplacement>,
  folder: string,
  name: string,
  limit?: number,
): void {
  const { graph, opset } = file;
  const { layers, constants } = findLayers(file);
  const known = new Set(layers.map((layer) => layer.name));
  for (const one of replacements.keys()) if (!known.has(one)) throw new Error(`no layer '${one}'`);
  const parts = new NewParts(namesIn(graph));
  const shapeOf = statedShapes(file);
  const chains = new Map<StoredNode, readonly NewNode[]>();
  for (const layer of layers) {
    const replacement = replacements.get(layer.name);
    if (!replacement) continue;
    if (replacement.parts.some(({ int8 }) => int8)) requireInt8(file);
    const nodes: NewNode[] = [];
    const rewriting: Rewriting = { layer, replacement, parts, nodes, opset };
    if (layer.kind === 'convolution') replaceConvolution(rewriting, constants);
    else if (layer.node.operation === 'Gemm') replaceGemm(rewriting, constants);
    else replaceMatMul(rewriting, (value) => shapeOf(value)?.length);
    chains.set(layer.node, nodes);
  }
  const unused = unusedConstants(constants, graph, chains);
  writeChanged(file, { chains, constants: parts.constants, unused }, folder, name, limit);
}

function* namesIn(graph: StoredGraph): Iterable<string> {
  for (const { name } of [...graph.inputs, ...graph.initializers, ...graph.values]) yield name;
  yield* graph.sparse;
  for (const node of graph.nodes) {
    yield node.name;
    yield* namesRead(node);
    yield* node.outputs;
    for (const { graphs } of node.attributes.values())
      for (const body of graphs) yield* namesIn(body);
  }
}
