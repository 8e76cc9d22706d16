/**
 * The weights of a network as tensors of the current backend, and back.
 *
 * The layouts differ in one place: tfjs wants filters as [height, width, in, out], PyTorch stores
 * [out, in, height, width]. Dense weights keep PyTorch's [out, in].
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Weight, Weights } from './weights.ts';

/** Tensors by name, in the order of the layers. The caller disposes of them. */
export type Parameters = ReadonlyMap<string, tf.Tensor>;

export function loadParameters(weights: Weights): Parameters {
  return new Map([...weights].map(([name, weight]) => [name, load(weight)]));
}

export async function readParameters(parameters: Parameters): Promise<Weights> {
  const weights = new Map<string, Weight>();
  // One after the other, because each is in memory twice while it is read.
  for (const [name, tensor] of parameters) weights.set(name, await read(tensor));
  return weights;
}

export function disposeParameters(parameters: Parameters): void {
  for (const tensor of parameters.values()) tensor.dispose();
}

function load({ shape, data }: Weight): tf.Tensor {
  if (shape.length !== 4) return tf.tensor(data.slice(), [...shape]);
  const [out, channels, height, width] = shape as [number, number, number, number];
  const filter = permute(data, [out, channels, height * width], ([o, c, t]) => {
    return (t * channels + c) * out + o;
  });
  return tf.tensor(filter, [height, width, channels, out]);
}

async function read(tensor: tf.Tensor): Promise<Weight> {
  const data = await tensor.data<'float32'>();
  if (tensor.shape.length !== 4) return { shape: [...tensor.shape], data: data.slice() };
  const [height, width, channels, out] = tensor.shape as [number, number, number, number];
  const taps = height * width;
  const filter = permute(data, [taps, channels, out], ([t, c, o]) => (o * channels + c) * taps + t);
  return { shape: [out, channels, height, width], data: filter };
}

/** Moves element (i, j, k) of `data`, which has the given extents, to the index that `target` returns. */
function permute(
  data: Float32Array,
  [first, second, third]: readonly [number, number, number],
  target: (index: readonly [number, number, number]) => number,
): Float32Array {
  const moved = new Float32Array(data.length);
  let source = 0;
  for (let i = 0; i < first; i++) {
    for (let j = 0; j < second; j++) {
      for (let k = 0; k < third; k++) moved[target([i, j, k])] = data[source++]!;
    }
  }
  return moved;
}
