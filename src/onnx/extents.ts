/** The places of a sample to which a layer is applied, by the shapes that the model states. */
import type { FoundLayer } from './find-layers.ts';
import type { OnnxFile } from './open.ts';
import { tensorValue } from './tensor-value.ts';

/** The axes besides those of samples and channels. Those of a dense layer are the same on both sides. */
export interface Extents {
  readonly input: readonly number[];
  readonly output: readonly number[];
}

type Shape = readonly (number | string)[];

/** The shapes of the values of a graph; undefined where the model does not state one. */
export function statedShapes({ graph, bytes }: OnnxFile): (name: string) => Shape | undefined {
  const values = [...graph.values, ...graph.inputs, ...graph.outputs];
  const stated = new Map(values.map((value) => [value.name, value]));
  return (name) => {
    const value = stated.get(name);
    return value && tensorValue(bytes, value).shape;
  };
}

/** Undefined for a layer whose shapes are not stated, or depend on the run. */
export function statedExtents(file: OnnxFile): (layer: FoundLayer) => Extents | undefined {
  const shapeOf = statedShapes(file);
  return ({ kind, node, place, inputAxis }) => {
    const shape = shapeOf(node.inputs[1 - place]!);
    if (kind === 'convolution') {
      const [input, output] = [shape, shapeOf(node.outputs[0]!)].map((one) => numbers(one, 2));
      return input && output && { input, output };
    }
    // The first of the other axes holds the samples.
    const others = shape?.toSpliced(inputAxis, 1);
    const input = numbers(others, 1);
    return input && { input, output: input };
  };
}

/** The extents from an axis on. */
function numbers(shape: Shape | undefined, from: number): readonly number[] | undefined {
  const known = shape?.slice(from);
  return known?.every((extent) => typeof extent === 'number') ? known : undefined;
}
