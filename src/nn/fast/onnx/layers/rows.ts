/** Reading, zeroing and adding up the rows of matrices in a graph. */
import type { OnnxGraphBuilder, Value } from '../../../../onnx/graph-builder.ts';
import { type Positions, sameRows } from '../positions.ts';
import type { Activation, MapActivation } from './building.ts';

/** The rows of `matrix` by a table of row numbers; with several `taps`, these are next to each other in one row. */
export function gathered(
  graph: OnnxGraphBuilder,
  matrix: Value,
  table: Int32Array,
  columns: number,
  taps = 1,
): Value {
  const rows = graph.add('Gather', [matrix, graph.table(table)], { axis: 0 });
  return taps === 1 ? rows : reshaped(graph, rows, table.length / taps, taps * columns);
}

export function reshaped(
  graph: OnnxGraphBuilder,
  value: Value,
  ...shape: readonly number[]
): Value {
  return graph.add('Reshape', [value, graph.integers(...shape)]);
}

/** `matrix` with zeros in the empty rows. ONNX Runtime changes it in place if nothing else reads it. */
export function withZeros(
  graph: OnnxGraphBuilder,
  matrix: Value,
  { empty }: Positions,
  columns: number,
): Value {
  const rows = graph.integerMatrix(empty.map((row) => [row]));
  return graph.add('ScatterND', [matrix, rows, graph.zeros(empty.length, columns)]);
}

export function zeroed(graph: OnnxGraphBuilder, map: MapActivation): MapActivation {
  if (map.zeroed) return map;
  return { ...map, value: withZeros(graph, map.value, map.positions, map.columns), zeroed: true };
}

/** The map with its positions in order, and how its gradient gets back. */
export function inOrder(graph: OnnxGraphBuilder, map: MapActivation, ordered: Positions) {
  const { positions, columns, value } = map;
  if (positions.equals(ordered)) return { value, back: (error: Value) => error };
  return {
    value: gathered(graph, value, sameRows(ordered, positions), columns),
    back: (error: Value) => gathered(graph, error, sameRows(positions, ordered), columns),
  };
}

/**
 * The sum over the rows, a vector. `like`: what the rows of `matrix` are. Only sums over the first axis have the same
 * bytes on any number of threads, so the parts of the rows are added up element by element first.
 */
export function columnSums(graph: OnnxGraphBuilder, matrix: Value, like: Activation): Value {
  const { positions, columns } = like;
  const sums = (value: Value) =>
    graph.add('ReduceSum', [value, graph.integers(0)], { keepdims: 0 });
  if (!positions || positions.parts === 1) return sums(matrix);
  const { parts, rows } = positions;
  const partial = sums(reshaped(graph, matrix, parts, (rows / parts) * columns));
  return sums(reshaped(graph, partial, rows / parts, columns));
}

/** The same activation with other values. */
export function withValue<A extends Activation>(at: A, value: Value): A {
  return { ...at, value };
}
