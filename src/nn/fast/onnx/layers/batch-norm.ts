/**
 * Batch normalization, as in `kernels/batch-norm.ts`. The empty rows of a map take no part in the statistics: they are
 * zero again wherever they are added up.
 */
import type { Value } from '../../../../onnx/graph-builder.ts';
import { batchNormEpsilon, type Layer } from '../../../model/description.ts';
import { vectorLayout } from '../stored-layout.ts';
import type { Activation, Building, Built } from './building.ts';
import { columnSums, withZeros, zeroed } from './rows.ts';

export type BatchNorm = Extract<Layer, { readonly kind: 'batch-norm' }>;

/** Uses the running statistics, which do not change. */
export function fixedBatchNorm(
  building: Building,
  { name }: BatchNorm,
  input: Activation,
): Built<Activation> {
  const { graph } = building;
  const scaleIn = (read: (name: string) => Float32Array) => {
    const variance = read(`${name}.running_var`);
    return read(`${name}.weight`).map(
      (factor, i) => factor / Math.sqrt(variance[i]! + batchNormEpsilon),
    );
  };
  const scale = building.fixed(`${name}.scale`, scaleIn);
  const shift = building.fixed(`${name}.shift`, (read) => {
    const [scales, means] = [scaleIn(read), read(`${name}.running_mean`)];
    return read(`${name}.bias`).map((bias, i) => bias - means[i]! * scales[i]!);
  });
  const scaled = graph.add('Mul', [input.value, scale]);
  return {
    output: unzeroed(input, graph.add('Add', [scaled, shift])),
    backward: (error, inputGradient) => (inputGradient ? graph.add('Mul', [error, scale]) : error),
  };
}

/** Uses the statistics of the batch. */
export function trainedBatchNorm(
  building: Building,
  { name, channels }: BatchNorm,
  given: Activation,
): Built<Activation> {
  const { graph } = building;
  const input = given.positions ? zeroed(graph, given) : given;
  const { positions } = input;
  const count = building.samples * (positions ? positions.height * positions.width : 1);
  const withoutEmpty = (value: Value) =>
    positions ? withZeros(graph, value, positions, channels) : value;
  const sums = (value: Value) => columnSums(graph, value, input);
  const over = (value: Value, divisor: number) => graph.add('Div', [value, graph.scalar(divisor)]);
  const vector = (suffix: string) =>
    building.parameter(`${name}.${suffix}`, vectorLayout(channels));

  const mean = over(sums(input.value), count);
  const centred = withoutEmpty(graph.add('Sub', [input.value, mean]));
  const squares = graph.add('Mul', [centred, centred]);
  const variance = over(sums(squares), count);
  const deviation = graph.add('Sqrt', [
    graph.add('Add', [variance, graph.scalar(batchNormEpsilon)]),
  ]);
  const inverse = graph.add('Reciprocal', [deviation]);
  const scale = graph.add('Mul', [vector('weight'), inverse]);
  const scaled = graph.add('Mul', [centred, scale]);
  building.statistic(`${name}.running_mean`, mean);
  // PyTorch refuses a batch with one value per channel; here both variances are 0.
  const unbiased = graph.scalar(count / Math.max(1, count - 1));
  building.statistic(`${name}.running_var`, graph.add('Mul', [variance, unbiased]));
  return {
    output: unzeroed(input, graph.add('Add', [scaled, vector('bias')])),
    backward: (error, inputGradient) => {
      const ofBias = building.columnSums(error, input);
      const products = sums(graph.add('Mul', [error, centred]));
      const ofWeight = graph.add('Mul', [products, inverse]);
      for (const [suffix, value] of [
        ['weight', ofWeight],
        ['bias', ofBias],
      ] as const) {
        const weight = `${name}.${suffix}`;
        if (building.isTrained(weight)) building.gradient(weight, value);
      }
      if (!inputGradient) return error;
      // scale (dy - mean of dy - normalized x * mean of dy * normalized x), in two passes.
      const slope = graph.add('Mul', [graph.add('Mul', [scale, inverse]), over(ofWeight, -count)]);
      const shift = graph.add('Mul', [scale, over(ofBias, -count)]);
      const ofMean = graph.add('Add', [graph.add('Mul', [centred, slope]), shift]);
      return withoutEmpty(graph.add('Add', [graph.add('Mul', [error, scale]), ofMean]));
    },
  };
}

function unzeroed(input: Activation, value: Value): Activation {
  return input.positions ? { ...input, value, zeroed: false } : { ...input, value };
}
