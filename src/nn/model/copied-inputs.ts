/**
 * Dense layers behind a pool that only copies a 1 x 1 map. On 32 x 32 images VGG's 7 x 7 pool passes on each value 49
 * times, and the layer of 25088 inputs behind it computes the same as one of 512 inputs whose weights are sums of 49.
 *
 * The sums also learn the same. The weights of all copies of an input have the same gradient, which is that of their
 * sum, so Adam moves each by the same amount, and their sum by 49 times that.
 */
import { foldAveragePool } from '../../linalg/fold.ts';
import type { Layer } from './description.ts';
import { type Shape, shapesAfter } from './shapes.ts';
import type { Weight, Weights } from './weights.ts';

/** The number of copies of each input of a dense layer, by the name of its weight, if it is more than one. */
export type Copies = ReadonlyMap<string, number>;

export function copiedInputs(layers: readonly Layer[], input: Shape): Copies {
  const shapes = shapesAfter(layers, input);
  const copies = layers.flatMap((layer, index) => {
    if (layer.kind !== 'adaptive-average-pool' || layer.size === 1) return [];
    const [height, width] = shapes[index - 1] ?? input;
    // A flatten is between them.
    const dense = layers[index + 2];
    const copied = height === 1 && width === 1 && dense?.kind === 'dense';
    return copied ? [[`${dense.name}.weight`, layer.size ** 2] as const] : [];
  });
  return new Map(copies);
}

/** `weights` in which the arrays named by `copies` are replaced by their sums over copies; the others are shared. */
export function narrowed(weights: Weights, copies: Copies): Weights {
  return new Map(
    [...weights].map(([name, weight]) => [name, narrow(weight, copies.get(name) ?? 1)]),
  );
}

/** `initial` after its sums over copies were trained by Adam to `trained`. */
export function widened(trained: Weights, initial: Weights, copies: Copies): Weights {
  return new Map(
    [...trained].map(([name, weight]) => {
      const count = copies.get(name) ?? 1;
      return [name, count === 1 ? weight : wide(weight, initial.get(name)!, count)];
    }),
  );
}

/** Added up in double precision. */
function narrow(weight: Weight, copies: number): Weight {
  if (copies === 1) return weight;
  const [rows, cols] = weight.shape as [number, number];
  const pool = { height: 1, width: 1, size: Math.sqrt(copies) };
  const sums = foldAveragePool({ rows, cols, data: weight.data }, pool);
  return { shape: [sums.rows, sums.cols], data: new Float32Array(sums.data) };
}

function wide(sums: Weight, { shape, data: before }: Weight, copies: number): Weight {
  const { data: old } = narrow({ shape, data: before }, copies);
  const data = new Float32Array(before.length);
  for (let i = 0, at = 0; i < old.length; i++) {
    const moved = (sums.data[i]! - old[i]!) / copies;
    for (const end = at + copies; at < end; at++) data[at] = before[at]! + moved;
  }
  return { shape, data };
}
