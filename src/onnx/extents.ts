/** The places of a sample to which a layer is applied, by the shapes that the model states. */
import type { FoundLayer } from './find-layers.ts';
import type { OnnxFile } from './open.ts';
import { tensorValue } from './tensor-value.ts';

/** The axes besides those of samples and channels. Those of a dense layer are the same on both sides. */
export interface Extents {
  readonly input: readonly number[];
  readonly output: readonly number[];
}

/** Undefined for a layer whose shapes are not stated, or depend on the run. */
export function statedExtents({
  graph,
  bytes,
}: OnnxFile): (layer: FoundLayer) => Extents | undefined {
  const values = [...graph.values, ...graph.inputs, ...graph.outputs];
  const stated = new Map(values.map((value) => [value.name, value]));
  const shapeOf = (name: string) => {
    const value = stated.get(name);
    return value && tensorValue(bytes, value).shape;
  };
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
function numbers(
  shape: readonly (number | string)[] | undefined,
  from: number,
): readonly number[] | undefined {
  const known = shape?.slice(from);
  return known?.every((extent) => typeof extent === 'number') ? known : undefined;
}
