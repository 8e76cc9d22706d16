/** Dense layers and interpolations, whose rows are samples. */
import type { Value } from '../../../../onnx/graph-builder.ts';
import type { Layer } from '../../../model/description.ts';
import { product } from '../graph-product.ts';
import { matrixLayout, transposedLayout, vectorLayout } from '../stored-layout.ts';
import type { Building, Built, FlatActivation } from './building.ts';

export type Dense = Extract<Layer, { readonly kind: 'dense' }>;

export function dense(
  building: Building,
  layer: Dense,
  input: FlatActivation,
): Built<FlatActivation> {
  const { graph, samples } = building;
  const { out } = layer;
  const { columns: inputs } = input;
  const name = `${layer.name}.weight`;
  const bias = `${layer.name}.bias`;
  const weight = weightOf(building, layer, inputs);
  const value = product(graph, { value: input.value }, weight.turned, {
    ...{ rows: samples, columns: out },
    bias: layer.bias ? building.parameter(bias, vectorLayout(out)) : undefined,
  });
  const output: FlatActivation = { value, columns: out };
  return {
    output,
    backward: (error, inputGradient) => {
      if (building.isTrained(name)) {
        building.gradient(name, weight.gradient({ error, input: input.value }));
      }
      if (layer.bias && building.isTrained(bias)) {
        building.gradient(bias, building.columnSums(error, output));
      }
      if (!inputGradient) return error;
      return product(graph, { value: error }, weight.straight, { rows: samples, columns: inputs });
    },
  };
}

interface WeightInGraph {
  /** [out, in] and [in, out]. */
  readonly straight: { readonly value: Value; readonly transposed: boolean };
  readonly turned: { readonly value: Value; readonly transposed: boolean };
  /** In the layout of the weight. */
  gradient(values: { readonly error: Value; readonly input: Value }): Value;
}

/**
 * The longer axis comes first, so that the product that is its gradient has enough rows. A weight behind a pool that was
 * skipped can have several columns for each input: then the value is their sums.
 */
function weightOf(building: Building, layer: Dense, inputs: number): WeightInGraph {
  const { graph } = building;
  const { out } = layer;
  const name = `${layer.name}.weight`;
  const copies = building.shapeOf(name)[1]! / inputs;
  const inputsFirst = copies === 1 && inputs > out;
  const layout = inputsFirst ? transposedLayout(out, inputs) : matrixLayout(out, inputs, copies);
  const value = building.parameter(name, layout);
  return {
    straight: { value, transposed: inputsFirst },
    turned: { value, transposed: !inputsFirst },
    gradient: ({ error, input }) => {
      const [first, second] = inputsFirst ? [input, error] : [error, input];
      const [rows, columns] = layout.shape as readonly [number, number];
      const extents = { rows, columns };
      return product(graph, { value: first, transposed: true }, { value: second }, extents);
    },
  };
}
