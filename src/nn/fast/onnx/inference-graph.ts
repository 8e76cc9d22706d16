/**
 * The forward pass of a chain of layers as an ONNX graph that contains the weights. Its operations are the standard
 * ones that ONNX Runtime has fast kernels for: maps are [batch, channels, height, width], and the batch is symbolic.
 */
import { OnnxGraphBuilder, type Value } from '../../../onnx/graph-builder.ts';
import type { OnnxModel } from '../../../onnx/model.ts';
import type { Layer } from '../../model/description.ts';
import { type Shape, shapesAfter } from '../../model/shapes.ts';
import type { Weights } from '../../model/weights.ts';
import { type Position, passLayers } from './inference-layers.ts';

export interface InferenceGraph {
  readonly model: OnnxModel;
  readonly input: Value;
  readonly output: Value;
  /** The shapes of one sample in the graph. The elements are in the order of the samples. */
  readonly inputShape: Shape;
  readonly outputShape: Shape;
}

export function inferenceGraph(
  layers: readonly Layer[],
  weights: Weights,
  shape: Shape,
): InferenceGraph {
  const builder = new OnnxGraphBuilder();
  const inputShape = givenShape(shape);
  const input = builder.input('x', [BATCH, ...inputShape]);
  const began: Position = {
    index: 0,
    value: inputShape === shape ? mapsOf(builder, input, shape) : input,
    shape,
    channels: shape.at(-1)!,
  };
  const shapes = shapesAfter(layers, shape);
  const ended = passLayers({ builder, layers, weights, shapes }, began);
  const outputShape = givenShape(ended.shape);
  const last =
    ended.shape.length === 3 && outputShape === ended.shape
      ? builder.add('Transpose', [ended.value], { perm: [0, 2, 3, 1] })
      : builder.add('Identity', [ended.value]);
  const output = builder.output(last, [BATCH, ...outputShape]);
  return { model: builder.model('inference'), input, output, inputShape, outputShape };
}

const BATCH = 'batch';

/** [channels, height, width] where that is the same order of elements as [height, width, channels]. */
function givenShape(shape: Shape): Shape {
  if (shape.length !== 3) return shape;
  const [height, width, channels] = shape as readonly [number, number, number];
  return channels === 1 || height * width === 1 ? [channels, height, width] : shape;
}

function mapsOf(builder: OnnxGraphBuilder, samples: Value, shape: Shape): Value {
  if (shape.length !== 3) return samples;
  return builder.add('Transpose', [samples], { perm: [0, 3, 1, 2] });
}
