/** The loss of `training/loss.ts` and the gradient of the logits. */
import type { OnnxGraphBuilder, Value } from '../../../../onnx/graph-builder.ts';

/** Both are [rows, classes]. */
export function crossEntropy(graph: OnnxGraphBuilder, logits: Value, truth: Value) {
  const sum = (value: Value, axis: number, keepdims = 0) =>
    graph.add('ReduceSum', [value, graph.integers(axis)], { keepdims });
  const logarithms = graph.add('LogSoftmax', [logits], { axis: 1 });
  const ofRows = sum(graph.add('Mul', [logarithms, truth]), 1);
  const probabilities = graph.add('Softmax', [logits], { axis: 1 });
  const expected = graph.add('Mul', [probabilities, sum(truth, 1, 1)]);
  return {
    loss: graph.add('Neg', [sum(ofRows, 0)]),
    error: graph.add('Sub', [expected, truth]),
  };
}
