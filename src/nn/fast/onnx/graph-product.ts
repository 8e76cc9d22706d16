/**
 * Matrix products with the same bytes on any number of threads.
 *
 * ONNX Runtime splits the larger extent of a product among its threads. The sum of an element depends on the number of
 * columns of its part, but not on the number of rows. So the result has to have at least as many rows as columns:
 * otherwise the transposed product is computed.
 */
import type { OnnxGraphBuilder, Value } from '../../../onnx/graph-builder.ts';

export interface Factor {
  readonly value: Value;
  readonly transposed?: boolean;
}

export interface ProductOptions {
  /** Of the result. */
  readonly rows: number;
  readonly columns: number;
  /** A vector that is added to each row. */
  readonly bias?: Value | undefined;
}

/** A part of a single row is computed in another order, unless its matrix is given transposed. Each thread gets two. */
const MANY_ROWS = 128;

export function product(
  graph: OnnxGraphBuilder,
  a: Factor,
  b: Factor,
  { rows, columns, bias }: ProductOptions,
): Value {
  if (rows >= columns) return gemm(graph, a, b, rows, bias);
  // Each element of the bias belongs to a row here.
  const column = bias && graph.add('Unsqueeze', [bias, graph.integers(1)]);
  return transposed(graph, gemm(graph, turned(b), turned(a), columns, column));
}

export function transposed(graph: OnnxGraphBuilder, value: Value): Value {
  return graph.add('Transpose', [value], { perm: [1, 0] });
}

function turned({ value, transposed = false }: Factor): Factor {
  return { value, transposed: !transposed };
}

function gemm(
  graph: OnnxGraphBuilder,
  a: Factor,
  b: Factor,
  rows: number,
  bias: Value | undefined,
): Value {
  const few = !a.transposed && rows < MANY_ROWS;
  const left = few ? transposed(graph, a.value) : a.value;
  const inputs = [left, b.value, ...(bias === undefined ? [] : [bias])];
  return graph.add('Gemm', inputs, {
    ...(few || a.transposed ? { transA: 1 } : {}),
    ...(b.transposed ? { transB: 1 } : {}),
  });
}
