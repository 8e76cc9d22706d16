/** Dense layers and interpolations, whose rows are samples. */
import type { Value } from '../../../../onnx/graph-builder.ts';
import type { Layer } from '../../../model/description.ts';
import { product } from '../products.ts';
import { copiesLayout, transposedLayout, vectorLayout } from '../stored-layout.ts';
import type { Building, Built, FlatActivation } from './building.ts';
import { columnSums, reshaped } from './rows.ts';

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
        building.gradient(bias, columnSums(graph, error, output));
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
 * skipped can have several columns for each input, whose sum acts on it.
 */
function weightOf(building: Building, layer: Dense, inputs: number): WeightInGraph {
  const { graph } = building;
  const { out } = layer;
  const name = `${layer.name}.weight`;
  const copies = building.shapeOf(name)[1]! / inputs;
  const inputsFirst = copies === 1 && inputs > out;
  const extents = { rows: inputsFirst ? inputs : out, columns: inputsFirst ? out : inputs };
  const gradient: WeightInGraph['gradient'] = ({ error, input }) => {
    const [first, second] = inputsFirst ? [input, error] : [error, input];
    return product(graph, { value: first, transposed: true }, { value: second }, extents);
  };
  const stored = building.parameter(
    name,
    inputsFirst ? transposedLayout(out, inputs) : copiesLayout(out, inputs, copies),
  );
  const sum = () => graph.add('ReduceSum', [stored, graph.integers(2)], { keepdims: 0 });
  const value = copies === 1 ? stored : sum();
  return {
    straight: { value, transposed: inputsFirst },
    turned: { value, transposed: !inputsFirst },
    gradient: (values) => {
      const ofSum = gradient(values);
      if (copies === 1) return ofSum;
      const single = reshaped(graph, ofSum, out, inputs, 1);
      return graph.add('Expand', [single, graph.integers(out, inputs, copies)]);
    },
  };
}
