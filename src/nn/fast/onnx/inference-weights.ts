/** Weights as an inference graph wants them: computed once, in double precision, before the graph is made. */
import { type AveragePool, foldAveragePool } from '../../../linalg/fold.ts';
import { cellWeights } from '../../kernels/cell-weights.ts';
import { batchNormEpsilon, type Layer, type WeightedLayer } from '../../model/description.ts';
import type { Weight, Weights } from '../../model/weights.ts';

/** A convolution or a dense layer: `weight` is [out, in, ...] as in PyTorch. */
export interface Affine {
  readonly weight: Weight;
  /** [out] */
  readonly bias: Float32Array | undefined;
}

type Norm = Extract<Layer, { readonly kind: 'batch-norm' }>;

export function affineOf(
  layer: Extract<Layer, { readonly kind: 'convolution' | 'dense' }>,
  weights: Weights,
): Affine {
  const bias = layer.bias ? parameter(weights, layer, 'bias').data : undefined;
  return { weight: parameter(weights, layer, 'weight'), bias };
}

export function parameter(weights: Weights, layer: WeightedLayer, suffix: string): Weight {
  const weight = weights.get(`${layer.name}.${suffix}`);
  if (weight === undefined) throw new Error(`no parameter ${layer.name}.${suffix}`);
  return weight;
}

/** The dense layer that does to a map what `affine` does to its average pool. */
export function onMap({ weight, bias }: Affine, pool: AveragePool): Affine {
  const [rows, cols] = weight.shape as [number, number];
  const folded = foldAveragePool({ rows, cols, data: weight.data }, pool);
  return {
    weight: { shape: [folded.rows, folded.cols], data: new Float32Array(folded.data) },
    bias,
  };
}

/** The weight [cells, positions] of an average pool of one channel. */
export function poolWeight({ height, width, size }: AveragePool): Weight {
  return { shape: [size ** 2, height * width], data: cellWeights(height, width, size).byCell };
}

/** `affine` and the fixed batch norm behind it, as one. */
export function withNorm({ weight, bias }: Affine, norm: Norm, weights: Weights): Affine {
  const { scale, shift } = scaleAndShift(norm, weights);
  const channels = scale.length;
  const block = weight.data.length / channels;
  return {
    weight: {
      shape: weight.shape,
      data: weight.data.map((value, index) => value * scale[Math.floor(index / block)]!),
    },
    bias: Float32Array.from(shift, (value, c) => value + scale[c]! * (bias?.[c] ?? 0)),
  };
}

/** A fixed batch norm is x * scale + shift. */
export function scaleAndShift(norm: Norm, weights: Weights) {
  const [weight, bias, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
    (suffix) => parameter(weights, norm, suffix).data,
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const scale = Float64Array.from(
    weight,
    (value, c) => value / Math.sqrt(variance[c]! + batchNormEpsilon),
  );
  const shift = scale.map((value, c) => bias[c]! - mean[c]! * value);
  return { scale, shift };
}

/** The weight [c, n] of the dense layer that computes an interpolation: ones at the columns that it passes on. */
export function interpolationWeight(
  { in: inputs, columns }: Extract<Layer, { readonly kind: 'interpolation' }>,
  { data: sums }: Weight,
): Weight {
  const chosen = new Set(columns);
  const others = Array.from({ length: inputs }, (_, input) => input).filter(
    (input) => !chosen.has(input),
  );
  const data = new Float32Array(columns.length * inputs);
  columns.forEach((column, row) => {
    data[row * inputs + column] = 1;
    others.forEach((input, index) => {
      data[row * inputs + input] = sums[row * others.length + index]!;
    });
  });
  return { shape: [columns.length, inputs], data };
}

/**
 * The same convolution with more channels: `outputs` of which the last are zero, and `inputs` of which the last are not
 * used.
 */
export function padded({ weight, bias }: Affine, outputs: number, inputs: number): Affine {
  const [out, channels, height, width] = weight.shape as [number, number, number, number];
  if (out === outputs && channels === inputs) return { weight, bias };
  const taps = height * width;
  const data = new Float32Array(outputs * inputs * taps);
  for (let o = 0; o < out; o++) {
    const row = weight.data.subarray(o * channels * taps, (o + 1) * channels * taps);
    data.set(row, o * inputs * taps);
  }
  const grown = new Float32Array(outputs);
  if (bias) grown.set(bias);
  return { weight: { shape: [outputs, inputs, height, width], data }, bias: bias && grown };
}
