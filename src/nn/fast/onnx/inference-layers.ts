/** The layers of an inference graph, one or several at a time. */
import type { OnnxGraphBuilder, Value } from '../../../onnx/graph-builder.ts';
import { type Layer, sizeOf } from '../../model/description.ts';
import type { Shape } from '../../model/shapes.ts';
import type { Weights } from '../../model/weights.ts';
import {
  type Affine,
  affineOf,
  interpolationWeight,
  onMap,
  padded,
  parameter,
  poolWeight,
  scaleAndShift,
  withNorm,
} from './inference-weights.ts';

export interface Pass {
  readonly builder: OnnxGraphBuilder;
  readonly layers: readonly Layer[];
  readonly weights: Weights;
  /** The shapes after the layers. */
  readonly shapes: readonly Shape[];
}

export interface Position {
  /** Of the next layer. */
  readonly index: number;
  readonly value: Value;
  /** Of one sample, as in `Pass.shapes`. */
  readonly shape: Shape;
  /** In the graph. If there are more than in `shape`, the last ones are zero. */
  readonly channels: number;
}

/**
 * ONNX Runtime's fast convolutions compute blocks of 8 or 16 channels, depending on the processor. Their
 * inputs must be whole blocks, or a multiple of 4 channels below one block. Its other convolutions are slower, and their results depend on the number of
 * threads. Fewer channels than a block are multiplied one by one.
 */
function fullBlocks(channels: number): number {
  const multiple = channels < 16 ? 4 : 16;
  return multiple * Math.ceil(channels / multiple);
}

export function passLayers(pass: Pass, began: Position): Position {
  let at = began;
  while (at.index < pass.layers.length) at = after(pass, at);
  return at;
}

function after(pass: Pass, at: Position): Position {
  const { builder, layers, weights } = pass;
  const layer = layers[at.index]!;
  const step = (value: Value) => stepped(pass, at, value);
  switch (layer.kind) {
    case 'dropout':
      return step(at.value);
    case 'relu':
      return step(builder.add('Relu', [at.value]));
    case 'convolution':
      return convolution(pass, at, layer);
    case 'batch-norm': {
      const { scale, shift } = scaleAndShift(layer, weights);
      const factor = perChannel(builder, at, scale);
      const scaled = builder.add('Mul', [at.value, factor]);
      const sum = builder.add('Add', [scaled, perChannel(builder, at, shift)]);
      return step(sum);
    }
    case 'max-pool': {
      const window = {
        kernel_shape: [layer.size, layer.size],
        strides: [layer.stride, layer.stride],
      };
      return step(builder.add('MaxPool', [at.value], window));
    }
    case 'adaptive-average-pool':
      return averagePool(pass, at, layer.size);
    case 'flatten':
      return step(rows(builder, at.value, sizeOf(at.shape)));
    case 'dense':
      return dense(pass, at, affineOf(layer, weights));
    case 'interpolation': {
      const weight = interpolationWeight(layer, parameter(weights, layer, 'weight'));
      return step(product(builder, at.value, { weight, bias: undefined }));
    }
  }
}

function stepped({ shapes }: Pass, at: Position, value: Value, consumed = 1): Position {
  const index = at.index + consumed;
  const shape = shapes[index - 1]!;
  // Only a convolution changes the channels of a map.
  return { index, value, shape, channels: shape.length === 3 ? at.channels : shape[0]! };
}

function convolution(
  pass: Pass,
  at: Position,
  layer: Extract<Layer, { readonly kind: 'convolution' }>,
): Position {
  const { builder, layers } = pass;
  const { affine, consumed } = normed(pass, at.index, affineOf(layer, pass.weights));
  const another = layers.slice(at.index + 1).some(({ kind }) => kind === 'convolution');
  const channels = another ? fullBlocks(layer.out) : layer.out;
  const { weight, bias } = padded(affine, channels, at.channels);
  const [height, width] = layer.padding;
  const value = builder.add(
    'Conv',
    [
      at.value,
      builder.constant(weight.shape, weight.data),
      ...(bias ? [builder.constant([channels], bias)] : []),
    ],
    {
      kernel_shape: layer.kernel,
      strides: layer.stride,
      pads: [height, width, height, width],
    },
  );
  return { ...stepped(pass, at, value, consumed), channels };
}

function dense(pass: Pass, at: Position, affine: Affine): Position {
  const { affine: whole, consumed } = normed(pass, at.index, affine);
  return stepped(pass, at, product(pass.builder, at.value, whole), consumed);
}

/** With the batch norm that follows, if one does. */
function normed({ layers, weights }: Pass, index: number, affine: Affine) {
  const next = layers[index + 1];
  if (next?.kind !== 'batch-norm') return { affine, consumed: 1 };
  return { affine: withNorm(affine, next, weights), consumed: 2 };
}

/** With the flatten that follows, and with a dense layer behind it if that has fewer inputs without the pool. */
function averagePool(pass: Pass, at: Position, size: number): Position {
  const { builder, layers, weights } = pass;
  const [height, width, channels] = at.shape as readonly [number, number, number];
  const positions = height * width;
  const cells = size ** 2;
  const pool = { height, width, size };
  const behind = layers[at.index + 2];
  if (positions < cells && behind?.kind === 'dense') {
    const value = rows(builder, at.value, channels * positions);
    const folded = onMap(affineOf(behind, weights), pool);
    return dense(pass, stepped(pass, at, value, 2), folded);
  }
  if (height === size && width === size) {
    return stepped(pass, at, rows(builder, at.value, channels * cells), 2);
  }
  const maps = rows(builder, at.value, positions);
  const averages = product(builder, maps, { weight: poolWeight(pool), bias: undefined });
  return stepped(pass, at, rows(builder, averages, channels * cells), 2);
}

/** x W^T + b of the rows x. */
function product(builder: OnnxGraphBuilder, x: Value, { weight, bias }: Affine): Value {
  const operands = [
    x,
    builder.constant(weight.shape, weight.data),
    ...(bias ? [builder.constant([bias.length], bias)] : []),
  ];
  return builder.add('Gemm', operands, { transB: 1 });
}

/** [..., length] */
function rows(builder: OnnxGraphBuilder, value: Value, length: number): Value {
  return builder.add('Reshape', [value, builder.integers(-1, length)]);
}

/** One number per channel, for rows or maps. Channels that are only in the graph get zero. */
function perChannel(
  builder: OnnxGraphBuilder,
  { shape, channels }: Position,
  values: Float64Array,
): Value {
  const data = new Float32Array(channels);
  data.set(values);
  return builder.constant(shape.length === 3 ? [channels, 1, 1] : [channels], data);
}
