/**
 * The shape after each layer of a description, or the first place where its layers do not fit.
 *
 * Shapes are of one sample: [height, width, channels] before a flatten, [features] after it. A description whose layers
 * do not fit together throws `LayerMisfit`. This is a bug if the program built the description, and a mistake to report
 * if a file contains it.
 */
import type { Layer, ModelDescription } from './description.ts';

export type Shape = readonly number[];

/** The message names the layer and what it expects. */
export class LayerMisfit extends Error {
  override readonly name = 'LayerMisfit';
}

export interface InferredShapes {
  /** After each layer of the features part. */
  readonly features: readonly Shape[];
  /** The input of the classifier part. */
  readonly boundary: Shape;
  /** After each layer of the classifier part. */
  readonly classifier: readonly Shape[];
}

export function inferShapes(description: ModelDescription): InferredShapes {
  const features = chain(description.features, description.input, 'features');
  const boundary = features.at(-1) ?? description.input;
  const classifier = chain(description.classifier, boundary, 'classifier');
  const output = classifier.at(-1) ?? boundary;
  if (output.length !== 1 || output[0] !== description.classes) {
    throw new LayerMisfit(
      `the network ends in ${show(output)}, but it has ${description.classes} classes`,
    );
  }
  return { features, boundary, classifier };
}

/** The shape after each of any layers with the given input. */
export function shapesAfter(layers: readonly Layer[], input: Shape): readonly Shape[] {
  return chain(layers, input, 'layers');
}

function chain(layers: readonly Layer[], input: Shape, part: string): readonly Shape[] {
  let shape = input;
  return layers.map((layer, index) => {
    const place = `${part}[${index}] (${layer.kind})`;
    if (layer.kind === 'adaptive-average-pool' && layers[index + 1]?.kind !== 'flatten') {
      throw new LayerMisfit(`${place}: a flatten must follow`);
    }
    shape = after(layer, shape, place);
    return shape;
  });
}

function after(layer: Layer, shape: Shape, place: string): Shape {
  switch (layer.kind) {
    case 'relu':
    case 'dropout':
      return shape;
    case 'convolution': {
      const [height, width, channels] = spatial(shape, place);
      expectWidth(channels, layer.in, 'channels', place);
      const { kernel, stride, padding } = layer;
      return [
        windows(height + 2 * padding[0], kernel[0], stride[0], place),
        windows(width + 2 * padding[1], kernel[1], stride[1], place),
        layer.out,
      ];
    }
    case 'batch-norm':
      expectWidth(shape.at(-1)!, layer.channels, 'channels', place);
      return shape;
    case 'max-pool': {
      const [height, width, channels] = spatial(shape, place);
      return [
        windows(height, layer.size, layer.stride, place),
        windows(width, layer.size, layer.stride, place),
        channels,
      ];
    }
    case 'adaptive-average-pool':
      return [layer.size, layer.size, spatial(shape, place)[2]];
    case 'flatten': {
      const [height, width, channels] = spatial(shape, place);
      return [height * width * channels];
    }
    case 'dense':
    case 'interpolation':
      if (shape.length !== 1) {
        throw new LayerMisfit(`${place}: expects a flat input, but receives ${show(shape)}`);
      }
      expectWidth(shape[0]!, layer.in, 'inputs', place);
      if (layer.kind === 'dense') return [layer.out];
      expectAscending(layer.columns, layer.in, place);
      return [layer.columns.length];
  }
}

function spatial(shape: Shape, place: string): readonly [number, number, number] {
  const [height, width, channels] = shape;
  if (height === undefined || width === undefined || channels === undefined) {
    throw new LayerMisfit(
      `${place}: expects [height, width, channels], but receives ${show(shape)}`,
    );
  }
  return [height, width, channels];
}

function windows(extent: number, size: number, stride: number, place: string): number {
  const count = Math.floor((extent - size) / stride) + 1;
  if (count < 1)
    throw new LayerMisfit(`${place}: a window of ${size} doesn't fit in an extent of ${extent}`);
  return count;
}

function expectWidth(actual: number, expected: number, unit: string, place: string): void {
  if (actual !== expected) {
    throw new LayerMisfit(`${place}: expects ${expected} ${unit}, but receives ${actual}`);
  }
}

function expectAscending(columns: readonly number[], inputs: number, place: string): void {
  const fits = columns.every(
    (column, i) => column > (columns[i - 1] ?? -1) && column < inputs && Number.isInteger(column),
  );
  if (fits) return;
  throw new LayerMisfit(`${place}: its columns are some of ${inputs} inputs, in ascending order`);
}

function show(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}
