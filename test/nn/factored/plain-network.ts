/** Layers as plain loops in float64, one sample at a time, for comparison with replacements. */

import { randomStream } from '../../../src/linalg/random.ts';
import type { Layer } from '../../../src/nn/model/description.ts';
import { parametersOf, type WeightedLayer } from '../../../src/nn/model/description.ts';
import type { Weight, Weights } from '../../../src/nn/model/weights.ts';

/** [height, width, channels], or [features] with height and width 1. */
export interface PlainMap {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float64Array;
}

export function noiseMap(height: number, width: number, channels: number, seed: number): PlainMap {
  return { height, width, channels, data: noise(height * width * channels, 'map', seed) };
}

/** Normal weights of a layer, rounded to float32. */
export function noiseWeights(layer: WeightedLayer, seed: number): Weights {
  return new Map(
    parametersOf(layer).map(({ name, shape }): [string, Weight] => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      return [name, { shape, data: Float32Array.from(noise(size, name, seed)) }];
    }),
  );
}

export function runPlain(layers: readonly Layer[], weights: Weights, input: PlainMap): PlainMap {
  return layers.reduce((map, layer) => step(layer, weights, map), input);
}

/** max |a - b| / max |b|. */
export function relativeDifference(a: PlainMap, b: PlainMap): number {
  if (`${[a.height, a.width, a.channels]}` !== `${[b.height, b.width, b.channels]}`) {
    return Number.POSITIVE_INFINITY;
  }
  let difference = 0;
  let largest = 0;
  b.data.forEach((value, i) => {
    difference = Math.max(difference, Math.abs(value - a.data[i]!));
    largest = Math.max(largest, Math.abs(value));
  });
  return difference / largest;
}

function noise(size: number, name: string, seed: number): Float64Array {
  const random = randomStream(seed, 'plain', name);
  return Float64Array.from({ length: size }, random.normal);
}

function step(layer: Layer, weights: Weights, map: PlainMap): PlainMap {
  switch (layer.kind) {
    case 'convolution':
      return convolve(layer, weights, map);
    case 'dense': {
      const weight = weights.get(`${layer.name}.weight`)!.data;
      const bias = layer.bias ? weights.get(`${layer.name}.bias`)!.data : undefined;
      const data = Float64Array.from({ length: layer.out }, (_, i) =>
        map.data.reduce((sum, x, j) => sum + weight[i * layer.in + j]! * x, bias?.[i] ?? 0),
      );
      return { height: 1, width: 1, channels: layer.out, data };
    }
    case 'relu':
      return { ...map, data: map.data.map((value) => Math.max(0, value)) };
    case 'interpolation': {
      const weight = weights.get(`${layer.name}.weight`)!.data;
      const others = [...map.data].filter((_, j) => !layer.columns.includes(j));
      const data = Float64Array.from(layer.columns, (column, t) =>
        others.reduce((sum, x, j) => sum + weight[t * others.length + j]! * x, map.data[column]!),
      );
      return { height: 1, width: 1, channels: data.length, data };
    }
    default:
      throw new Error(`no plain ${layer.kind}`);
  }
}

function convolve(
  layer: Extract<Layer, { kind: 'convolution' }>,
  weights: Weights,
  map: PlainMap,
): PlainMap {
  if (map.channels !== layer.in) throw new Error(`${layer.name}: ${map.channels} channels`);
  const { shape, data: weight } = weights.get(`${layer.name}.weight`)!;
  const [, , kh, kw] = shape as [number, number, number, number];
  const bias = layer.bias ? weights.get(`${layer.name}.bias`)!.data : undefined;
  const { stride, padding } = layer;
  const height = Math.floor((map.height + 2 * padding[0] - kh) / stride[0]) + 1;
  const width = Math.floor((map.width + 2 * padding[1] - kw) / stride[1]) + 1;
  const data = new Float64Array(height * width * layer.out);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let t = 0; t < layer.out; t++) {
        let sum = bias?.[t] ?? 0;
        for (let a = 0; a < kh; a++) {
          for (let b = 0; b < kw; b++) {
            const row = y * stride[0] - padding[0] + a;
            const col = x * stride[1] - padding[1] + b;
            if (row < 0 || row >= map.height || col < 0 || col >= map.width) continue;
            for (let s = 0; s < layer.in; s++) {
              sum +=
                weight[((t * layer.in + s) * kh + a) * kw + b]! *
                map.data[(row * map.width + col) * map.channels + s]!;
            }
          }
        }
        data[(y * width + x) * layer.out + t] = sum;
      }
    }
  }
  return { height, width, channels: layer.out, data };
}
