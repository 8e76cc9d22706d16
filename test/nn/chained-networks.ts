/** Networks of every layer and form, with weights that are not initial ones, and their outputs. */
import * as tf from '@tensorflow/tfjs-core';
import { randomStream } from '../../src/linalg/random.ts';
import { startBackend } from '../../src/nn/backends/start.ts';
import { forward } from '../../src/nn/forward.ts';
import type { Layer, ModelDescription, Pair } from '../../src/nn/model/description.ts';
import { initializeModel } from '../../src/nn/model/initialize.ts';
import { disposeParameters, loadParameters } from '../../src/nn/model/parameters.ts';
import type { Network } from '../../src/nn/model/weights.ts';

/** Biases and statistics that differ from their initial values, so that a mistake shows. */
export function modelOf(description: ModelDescription): Network {
  const model = initializeModel(description, 1);
  const weights = [...model.weights].map(([name, { shape, data }]) => {
    if (shape.length > 1) return [name, { shape, data }] as const;
    const random = randomStream(2, name);
    const positive = name.endsWith('running_var') || name.endsWith('weight');
    const draw = () => (positive ? 0.5 + random.uniform() : 0.3 * random.normal());
    return [name, { shape, data: data.map(draw) }] as const;
  });
  return { ...model, weights: new Map(weights) };
}

/** Of our own forward pass. `images` are [count, height, width, channels]. */
export async function logits(
  model: Network,
  images: Float32Array,
  count: number,
): Promise<Float32Array> {
  await startBackend('wasm');
  const { features, classifier, input } = model.description;
  const parameters = loadParameters(model.weights);
  const values = tf.tidy(() => {
    const batch = tf.tensor(images, [count, ...input]);
    return forward([...features, ...classifier], parameters, batch)
      .dataSync<'float32'>()
      .slice();
  });
  disposeParameters(parameters);
  return values;
}

export type Named = Extract<Layer, { readonly name: string }>;
type Convolution = Extract<Layer, { kind: 'convolution' }>;

export function layerNamed({ features, classifier }: ModelDescription, name: string): Named {
  return [...features, ...classifier].find((l): l is Named => 'name' in l && l.name === name)!;
}

export function convolution(
  name: string,
  [inputs, outputs]: Pair,
  window: Partial<Pick<Convolution, 'kernel' | 'stride' | 'padding'>> = {},
): Layer {
  const same = { kernel: [3, 3], stride: [1, 1], padding: [1, 1] } as const;
  return { kind: 'convolution', name, in: inputs, out: outputs, ...same, ...window, bias: true };
}

/** The chain of an interpolative decomposition. */
export function interpolated(layer: Named, rank: number): readonly Layer[] {
  if (layer.kind !== 'dense') throw new Error(layer.kind);
  const columns = Array.from({ length: rank }, (_, i) => 7 * i + (i % 3));
  const of = layer.name;
  return [
    { kind: 'interpolation', name: `${of}.right`, in: layer.in, columns, of },
    { ...layer, name: `${of}.left`, in: rank, of },
  ];
}

/** Two factors, or three with a core of `right` inputs and `left` outputs. */
export function denseFactors(layer: Named, right: number, left?: number): readonly Layer[] {
  if (layer.kind !== 'dense') throw new Error(layer.kind);
  const of = layer.name;
  return [
    { ...layer, name: `${of}.right`, out: right, bias: false, of },
    ...(left === undefined
      ? []
      : [{ ...layer, name: `${of}.core`, in: right, out: left, bias: false, of }]),
    { ...layer, name: `${of}.left`, in: left ?? right, of },
  ];
}

const pointwise = { kernel: [1, 1], stride: [1, 1], padding: [0, 0] } as const;

export function channel(layer: Named, right: number, left?: number): readonly Layer[] {
  if (layer.kind !== 'convolution') throw new Error(layer.kind);
  const of = layer.name;
  return [
    { ...layer, name: `${of}.right`, out: right, bias: false, of },
    ...(left === undefined
      ? []
      : [{ ...layer, ...pointwise, name: `${of}.core`, in: right, out: left, bias: false, of }]),
    { ...layer, ...pointwise, name: `${of}.left`, in: left ?? right, of },
  ];
}

export function inputChannel(layer: Named, rank: number): readonly Layer[] {
  if (layer.kind !== 'convolution') throw new Error(layer.kind);
  const of = layer.name;
  return [
    { ...layer, ...pointwise, name: `${of}.right`, out: rank, bias: false, of },
    { ...layer, name: `${of}.left`, in: rank, of },
  ];
}

export function spatial(layer: Named, rank: number): readonly Layer[] {
  if (layer.kind !== 'convolution') throw new Error(layer.kind);
  const of = layer.name;
  return [
    { ...layer, name: `${of}.right`, out: rank, kernel: [3, 1], padding: [1, 0], bias: false, of },
    { ...layer, name: `${of}.left`, in: rank, kernel: [1, 3], padding: [0, 1], of },
  ];
}

export function tucker(layer: Named, inner: number, outer: number): readonly Layer[] {
  if (layer.kind !== 'convolution') throw new Error(layer.kind);
  const of = layer.name;
  return [
    { ...layer, ...pointwise, name: `${of}.right`, out: inner, bias: false, of },
    { ...layer, name: `${of}.core`, in: inner, out: outer, bias: false, of },
    { ...layer, ...pointwise, name: `${of}.left`, in: outer, of },
  ];
}
