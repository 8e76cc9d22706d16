/**
 * Matrix products in a graph with the same bytes on any number of threads.
 *
 * ONNX Runtime divides the larger side of a product among its threads. The order in which it adds up an element depends
 * on the number of columns that a thread has, but not on the number of rows. So the matrix that is computed has at least
 * as many rows as columns: the product or its transpose. If a thread has one row, or the result one column, the order also
 * depends on how the matrix is passed. So it is always passed transposed there.
 */
import type { OnnxGraphBuilder, Value } from '../../../onnx/graph-builder.ts';
import { MOST_THREADS } from '../../backends/onnx.ts';

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

/** Two for each part. On processors with cores of two kinds, the rows have four parts per thread. */
const MANY_ROWS = 2 * 4 * MOST_THREADS;

/** Products of the same form have the same graph. */
export interface ProductForm {
  readonly few: boolean;
  readonly single: boolean;
}

export function formOf({ rows, columns }: Pick<ProductOptions, 'rows' | 'columns'>): ProductForm {
  return { few: rows < MANY_ROWS, single: columns === 1 };
}

export function product(
  graph: OnnxGraphBuilder,
  a: Factor,
  b: Factor,
  { rows, columns, bias }: ProductOptions,
): Value {
  if (rows >= columns) return gemm(graph, a, b, { rows, columns, bias });
  // Each element of the bias belongs to a row here.
  const column = bias && graph.add('Unsqueeze', [bias, graph.integers(1)]);
  const extents = { rows: columns, columns: rows, bias: column };
  return transposed(graph, gemm(graph, turned(b), turned(a), extents));
}

function transposed(graph: OnnxGraphBuilder, value: Value): Value {
  return graph.add('Transpose', [value], { perm: [1, 0] });
}

function turned({ value, transposed = false }: Factor): Factor {
  return { value, transposed: !transposed };
}

function gemm(
  graph: OnnxGraphBuilder,
  a: Factor,
  b: Factor,
  { rows, columns, bias }: ProductOptions,
): Value {
  const { few, single } = formOf({ rows, columns });
  const left = few ? passedTransposed(graph, a) : a;
  const right = single ? passedTransposed(graph, b) : b;
  const inputs = [left.value, right.value, ...(bias === undefined ? [] : [bias])];
  return graph.add('Gemm', inputs, {
    ...(left.transposed && { transA: 1 }),
    ...(right.transposed && { transB: 1 }),
  });
}

/** Both are small. */
function passedTransposed(graph: OnnxGraphBuilder, { value, transposed: is }: Factor): Factor {
  return { value: is ? value : transposed(graph, value), transposed: true };
}
