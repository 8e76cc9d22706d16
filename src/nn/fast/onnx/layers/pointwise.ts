/** Layers that act on each value by itself. */
import type { OnnxGraphBuilder, Value } from '../../../../onnx/graph-builder.ts';
import type { Activation, Building, Built } from './building.ts';
import { withValue, zeroed } from './rows.ts';

export function relu<A extends Activation>(building: Building, input: A): Built<Activation> {
  const { graph } = building;
  const rectified: Activation = withValue(input, graph.add('Relu', [input.value]));
  // Here and not where they are read, so that nothing else reads the matrix before it is changed.
  const output = rectified.positions ? zeroed(graph, rectified) : rectified;
  return {
    output,
    backward: (error, inputGradient) => {
      if (!inputGradient) return error;
      const positive = graph.add('Greater', [output.value, graph.scalar(0)]);
      return where(graph, positive, error);
    },
  };
}

/** `values` where `condition` holds, zero elsewhere. */
export function where(graph: OnnxGraphBuilder, condition: Value, values: Value): Value {
  return graph.add('Where', [condition, values, graph.scalar(0)]);
}

export function dropout(
  building: Building,
  place: { readonly layer: number; readonly rate: number },
  input: Activation,
): Built {
  const { graph } = building;
  const mask = building.mask(place, input);
  const masked = (value: Value) => graph.add('Mul', [value, mask]);
  return {
    output: withValue(input, masked(input.value)),
    backward: (error, inputGradient) => (inputGradient ? masked(error) : error),
  };
}
