/**
 * A convolution as one product: the rows of the inputs that an output reads, next to each other, times the filter. So
 * kernel, stride, padding and the order of the positions are only a table of row numbers.
 *
 * The gradient of the input is a convolution of the error with the filter whose channels are exchanged.
 */
import type { Value } from '../../../../onnx/graph-builder.ts';
import type { Layer } from '../../../model/description.ts';
import { product } from '../graph-product.ts';
import { inputsOf, outputsOf, type Positions, readRows } from '../positions.ts';
import { filterLayout, vectorLayout } from '../stored-layout.ts';
import type { Building, Built, MapActivation } from './building.ts';
import { gathered, reshaped, zeroed } from './rows.ts';

export type Convolution = Extract<Layer, { readonly kind: 'convolution' }>;

/** What the outputs read: a row for each output, with the channels of each tap. */
interface Columns {
  readonly value: Value;
  /** From the error of the outputs to the gradient of the map. */
  readonly input?: MapActivation;
}

/** `to`: the positions of the output. */
export function convolution(
  building: Building,
  layer: Convolution,
  input: MapActivation,
  to: Positions,
): Built<MapActivation> {
  const { graph } = building;
  // A row outside of the map must be zero.
  const map = readsOutside(layer) ? zeroed(graph, input) : input;
  const taps = layer.kernel[0] * layer.kernel[1];
  const value =
    isPointwise(layer) && to.equals(map.positions)
      ? map.value
      : gathered(graph, map.value, tableOfInputs(layer, to, map.positions), layer.in, taps);
  return onColumns(building, layer, { value, input: map }, to);
}

/** A convolution of the samples themselves, whose columns are an input of the graph. They have no gradient. */
export function firstConvolution(
  building: Building,
  layer: Convolution,
  columns: Value,
  to: Positions,
): Built<MapActivation> {
  return onColumns(building, layer, { value: columns }, to);
}

/** Whether each output reads one input, at the same position. */
export function isPointwise({ kernel, stride, padding }: Convolution): boolean {
  return [...kernel, ...stride].every((extent) => extent === 1) && padding.every((p) => p === 0);
}

/** For each row of `to` and each tap, the row of `from` that it reads. */
function tableOfInputs(layer: Convolution, to: Positions, from: Positions): Int32Array {
  return readRows(to, from, [
    inputsOf({ extent: to.height, source: from.height, ...axis(layer, 0) }),
    inputsOf({ extent: to.width, source: from.width, ...axis(layer, 1) }),
  ]);
}

function tableOfOutputs(layer: Convolution, to: Positions, from: Positions): Int32Array {
  return readRows(to, from, [
    outputsOf({ extent: to.height, source: from.height, ...axis(layer, 0) }),
    outputsOf({ extent: to.width, source: from.width, ...axis(layer, 1) }),
  ]);
}

function axis({ kernel, stride, padding }: Convolution, index: 0 | 1) {
  return { kernel: kernel[index], stride: stride[index], padding: padding[index] };
}

function readsOutside({ padding }: Convolution): boolean {
  return padding.some((p) => p > 0);
}

function onColumns(
  building: Building,
  layer: Convolution,
  { value: columns, input }: Columns,
  to: Positions,
): Built<MapActivation> {
  const { graph } = building;
  const { out, in: channels } = layer;
  const taps = layer.kernel[0] * layer.kernel[1];
  const weight = `${layer.name}.weight`;
  const bias = `${layer.name}.bias`;
  const filter = building.parameter(weight, filterLayout(out, channels, taps));
  const sums = product(
    graph,
    { value: columns },
    { value: filter },
    {
      ...{ rows: to.rows, columns: out },
      bias: layer.bias ? building.parameter(bias, vectorLayout(out)) : undefined,
    },
  );
  const ofInput = (error: Value, { positions: from }: MapActivation) => {
    const exchanged =
      taps === 1
        ? { value: filter, transposed: true }
        : { value: withChannelsExchanged(building, filter, taps, layer) };
    const errors =
      isPointwise(layer) && to.equals(from)
        ? error
        : gathered(graph, error, tableOfOutputs(layer, from, to), out, taps);
    const extents = { rows: from.rows, columns: channels };
    return product(graph, { value: errors }, exchanged, extents);
  };
  const zeroed = !layer.bias && (input?.zeroed ?? true);
  const output: MapActivation = { value: sums, columns: out, positions: to, zeroed };
  return {
    output,
    backward: (error, inputGradient) => {
      if (building.isTrained(weight)) {
        const extents = { rows: taps * channels, columns: out };
        const turned = { value: columns, transposed: true };
        building.gradient(weight, product(graph, turned, { value: error }, extents));
      }
      if (layer.bias && building.isTrained(bias)) {
        building.gradient(bias, building.columnSums(error, output));
      }
      return inputGradient && input ? ofInput(error, input) : error;
    },
  };
}

/** [taps * in, out] to [taps * out, in]. */
function withChannelsExchanged(
  { graph }: Building,
  filter: Value,
  taps: number,
  { in: channels, out }: Convolution,
): Value {
  const byTap = reshaped(graph, filter, taps, channels, out);
  const turned = graph.add('Transpose', [byTap], { perm: [0, 2, 1] });
  return reshaped(graph, turned, taps * out, channels);
}
