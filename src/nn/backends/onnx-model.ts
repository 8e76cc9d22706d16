/** The smallest model that shows whether a session of ONNX Runtime computes: y = a a, of 2 x 2 matrices. */
import { OnnxGraphBuilder } from '../../onnx/graph-builder.ts';
import { onnxBytes } from '../../onnx/write.ts';

const SIDE = 2;

export function squareModel(): Uint8Array {
  const graph = new OnnxGraphBuilder();
  const a = graph.input('a', [SIDE, SIDE]);
  graph.output(graph.add('MatMul', [a, a], {}, 'y'), [SIDE, SIDE]);
  return onnxBytes(graph.model('square'));
}
