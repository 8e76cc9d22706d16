/**
 * From maps to samples: flatten in PyTorch's order, with the positions of a channel together, and the adaptive average
 * pool before it. The pool is a linear map of positions, so a product with a constant matrix.
 */
import type { OnnxGraphBuilder, Value } from '../../../../onnx/graph-builder.ts';
import { cellWeights } from '../../../kernels/cell-weights.ts';
import { product } from '../graph-product.ts';
import { Positions } from '../positions.ts';
import type { Building, Built, FlatActivation, MapActivation } from './building.ts';
import { inOrder, reshaped } from './rows.ts';

export function flatten({ graph, samples }: Building, input: MapActivation): Built<FlatActivation> {
  const { positions, columns } = input;
  const { channelsFirst, back } = byChannel(graph, input);
  const features = columns * positions.height * positions.width;
  return {
    output: { value: reshaped(graph, channelsFirst, samples, features), columns: features },
    backward: (error, inputGradient) => (inputGradient ? back(error) : error),
  };
}

/** The pool to `size` x `size` cells, and the flatten that follows it. */
export function averagePoolAndFlatten(
  { graph, samples }: Building,
  size: number,
  input: MapActivation,
): Built<FlatActivation> {
  const { positions, columns } = input;
  const { height, width } = positions;
  const [places, cells] = [height * width, size * size];
  const { channelsFirst, back } = byChannel(graph, input);
  const rows = samples * columns;
  const weights = cellWeights(height, width, size);
  const maps = reshaped(graph, channelsFirst, rows, places);
  const byPosition = graph.constant([places, cells], weights.byPosition);
  const averages = product(graph, { value: maps }, { value: byPosition }, { rows, columns: cells });
  return {
    output: {
      value: reshaped(graph, averages, samples, columns * cells),
      columns: columns * cells,
    },
    backward: (error, inputGradient) => {
      if (!inputGradient) return error;
      const byCell = graph.constant([cells, places], weights.byCell);
      const errors = { value: reshaped(graph, error, rows, cells) };
      return back(product(graph, errors, { value: byCell }, { rows, columns: places }));
    },
  };
}

/** [samples, channels, positions], and the way of a gradient back to the rows of the map. */
function byChannel(graph: OnnxGraphBuilder, map: MapActivation) {
  const { columns } = map;
  const { samples, height, width } = map.positions;
  const places = height * width;
  const order = new Positions(samples, height, width);
  const ordered = inOrder(graph, map, order);
  const cut = graph.add('Slice', [
    ordered.value,
    graph.integers(0),
    graph.integers(samples * places),
    graph.integers(0),
  ]);
  const single = places === 1 || columns === 1;
  const exchanged = (value: Value) => graph.add('Transpose', [value], { perm: [0, 2, 1] });
  const channelsFirst = single ? cut : exchanged(reshaped(graph, cut, samples, places, columns));
  const back = (error: Value) => {
    const channelsLast = single
      ? error
      : exchanged(reshaped(graph, error, samples, columns, places));
    const rows = reshaped(graph, channelsLast, samples * places, columns);
    const empty = graph.zeros(order.empty.length, columns);
    return ordered.back(graph.add('Concat', [rows, empty], { axis: 0 }));
  };
  return { channelsFirst, back };
}
