/**
 * The right factor of an interpolative decomposition: z = x_J + x_rest T^T, where J are the inputs that are passed on and
 * `rest` all others.
 */
import type { Value } from '../../../../onnx/graph-builder.ts';
import type { Layer } from '../../../model/description.ts';
import { product } from '../graph-product.ts';
import { matrixLayout } from '../stored-layout.ts';
import type { Building, Built, FlatActivation } from './building.ts';

export type Interpolation = Extract<Layer, { readonly kind: 'interpolation' }>;

export function interpolation(
  building: Building,
  { name, columns, in: inputs }: Interpolation,
  input: FlatActivation,
): Built<FlatActivation> {
  const { graph, samples } = building;
  const chosen = columns.length;
  // Then there is no weight.
  if (chosen === inputs) return { output: input, backward: (error) => error };
  const passed = new Set(columns);
  const rest = Array.from({ length: inputs }, (_, i) => i).filter((i) => !passed.has(i));
  const select = (value: Value, numbers: readonly number[]) =>
    graph.add('Gather', [value, graph.table(Int32Array.from(numbers))], { axis: 1 });
  const weight = `${name}.weight`;
  const value = building.parameter(weight, matrixLayout(chosen, rest.length));
  const others = select(input.value, rest);
  const sums = product(
    graph,
    { value: others },
    { value, transposed: true },
    {
      rows: samples,
      columns: chosen,
    },
  );
  return {
    output: { value: graph.add('Add', [select(input.value, columns), sums]), columns: chosen },
    backward: (error, inputGradient) => {
      if (building.isTrained(weight)) {
        const extents = { rows: chosen, columns: rest.length };
        const turned = { value: error, transposed: true };
        building.gradient(weight, product(graph, turned, { value: others }, extents));
      }
      if (!inputGradient) return error;
      const extents = { rows: samples, columns: rest.length };
      const ofRest = product(graph, { value: error }, { value }, extents);
      const places = new Map([...columns, ...rest].map((column, place) => [column, place]));
      const back = Array.from({ length: inputs }, (_, column) => places.get(column)!);
      return select(graph.add('Concat', [error, ofRest], { axis: 1 }), back);
    },
  };
}
