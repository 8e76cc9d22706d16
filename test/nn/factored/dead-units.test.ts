import { describe, expect, it } from 'vitest';
import { removeDeadUnits } from '../../../src/nn/factored/dead-units.ts';
import {
  isWeighted,
  type Layer,
  type ModelDescription,
} from '../../../src/nn/model/description.ts';
import { inferShapes } from '../../../src/nn/model/shapes.ts';
import type { Weight, Weights } from '../../../src/nn/model/weights.ts';
import { noiseMap, noiseWeights, relativeDifference, runPlain } from './plain-network.ts';

const convolution = (name: string, channels: number, out: number, padding: number): Layer => ({
  kind: 'convolution',
  name,
  in: channels,
  out,
  kernel: [3, 3],
  stride: [1, 1],
  padding: [padding, padding],
  bias: true,
});
const dense = (name: string, inputs: number, out: number): Layer => ({
  kind: 'dense',
  name,
  in: inputs,
  out,
  bias: true,
});
const relu: Layer = { kind: 'relu' };

/** 6x6 images; a padded convolution reads the first one, an unpadded one the second. */
const description: ModelDescription = {
  input: [6, 6, 2],
  classes: 3,
  features: [
    convolution('c1', 2, 5, 1),
    relu,
    convolution('c2', 5, 4, 1),
    relu,
    convolution('c3', 4, 6, 0),
    relu,
  ],
  classifier: [{ kind: 'flatten' }, dense('d1', 6 * 16, 7), relu, dense('d2', 7, 3)],
};

function fresh(): Map<string, Weight> {
  const layers = [...description.features, ...description.classifier].filter(isWeighted);
  return new Map(layers.flatMap((layer, i) => [...noiseWeights(layer, i)]));
}

/** Row `unit` of a layer's weight as `value`, and its bias. */
function silence(weights: Weights, name: string, unit: number, value: number, bias: number): void {
  const weight = weights.get(`${name}.weight`)!;
  const width = weight.data.length / weight.shape[0]!;
  weight.data.fill(value, unit * width, (unit + 1) * width);
  weights.get(`${name}.bias`)!.data[unit] = bias;
}

/** What unit `unit` of the layer before is multiplied by, `read` values of it. */
function ignore(weights: Weights, name: string, unit: number, read: number): void {
  const { shape, data } = weights.get(`${name}.weight`)!;
  const width = data.length / shape[0]!;
  for (let i = 0; i < shape[0]!; i++) {
    data.fill(0, i * width + unit * read, i * width + (unit + 1) * read);
  }
}

/** As flattening does: PyTorch's order, channels first. */
function run(model: { description: ModelDescription; weights: Weights }) {
  const { features, classifier } = model.description;
  inferShapes(model.description);
  const map = runPlain(features, model.weights, noiseMap(6, 6, 2, 1));
  const size = map.height * map.width;
  const data = Float64Array.from(map.data, (_, at) => {
    const channel = Math.floor(at / size);
    return map.data[(at % size) * map.channels + channel]!;
  });
  const flat = { height: 1, width: 1, channels: data.length, data };
  return runPlain(classifier.slice(1), model.weights, flat);
}

function expectSame(weights: Weights) {
  const before = run({ description, weights });
  const result = removeDeadUnits({ description, weights });
  expect(relativeDifference(run(result.model), before)).toBeLessThan(1e-6);
  return result;
}

describe('removeDeadUnits', () => {
  it('leaves a network alone in which all live', () => {
    const weights = fresh();
    const { model, removed } = expectSame(weights);
    expect(removed.size).toBe(0);
    expect(model.weights).toBe(weights);
  });

  it('takes zero and denormal units, and folds what is constant', () => {
    const weights = fresh();
    silence(weights, 'c1', 1, 0, -1);
    silence(weights, 'c2', 0, 1e-41, 0.7);
    silence(weights, 'c3', 5, 0, 0.3);
    silence(weights, 'd1', 2, 0, 1.5);
    silence(weights, 'd1', 6, -1e-40, -1.5);
    const copy = structuredClone(weights);
    const { model, removed } = expectSame(weights);
    expect(Object.fromEntries(removed)).toEqual({ c1: 1, c2: 1, c3: 1, d1: 2 });
    expect(model.weights.get('c2.weight')!.shape).toEqual([3, 4, 3, 3]);
    expect(model.weights.get('d1.weight')!.shape).toEqual([5, 5 * 16]);
    expect(weights).toEqual(copy);
  });

  it('keeps a constant that a padded convolution reads', () => {
    const weights = fresh();
    silence(weights, 'c1', 1, 0, 0.5);
    expect(expectSame(weights).removed.size).toBe(0);
  });

  it('keeps a constant for which a layer has no bias, but no zero', () => {
    const features = description.features.slice(0, 1);
    const classifier: Layer[] = [{ kind: 'flatten' }, dense('d1', 180, 7), relu];
    const last = { ...dense('d2', 7, 3), bias: false } as Layer;
    const short = { ...description, features, classifier: [...classifier, last] };
    const layers = [...features, ...short.classifier].filter(isWeighted);
    const weights = new Map(layers.flatMap((layer) => [...noiseWeights(layer, 1)]));
    silence(weights, 'd1', 2, 0, 0.5);
    silence(weights, 'd1', 3, 0, -0.5);
    const { removed, model } = removeDeadUnits({ description: short, weights });
    expect([...removed]).toEqual([['d1', 1]]);
    const bias = weights.get('d1.bias')!.data;
    expect([...model.weights.get('d1.bias')!.data]).toEqual([...bias].filter((_, i) => i !== 3));
    expect(model.weights.has('d2.bias')).toBe(false);
  });

  it('takes what nothing reads, and then what only that read', () => {
    const weights = fresh();
    ignore(weights, 'd1', 3, 16);
    for (let unit = 0; unit < 6; unit++) {
      if (unit === 3) continue;
      // Channel 2 of c2 is read by channel 3 of c3 alone.
      weights.get('c3.weight')!.data.fill(0, (unit * 4 + 2) * 9, (unit * 4 + 3) * 9);
    }
    const { removed } = expectSame(weights);
    expect(Object.fromEntries(removed)).toEqual({ c3: 1, c2: 1 });
  });

  it('keeps one unit of a layer that is dead as a whole', () => {
    const weights = fresh();
    for (let unit = 0; unit < 7; unit++) silence(weights, 'd1', unit, 0, unit);
    const { model, removed } = expectSame(weights);
    expect(removed.get('d1')).toBe(6);
    expect(model.weights.get('d2.weight')!.shape).toEqual([3, 1]);
  });

  it('stops at a batch norm and at an interpolation', () => {
    const chain = (between: Layer): ModelDescription => ({
      input: [1, 1, 4],
      classes: 3,
      features: [],
      classifier: [{ kind: 'flatten' }, dense('d1', 4, 5), between, dense('d2', 5, 3)],
    });
    for (const between of [
      { kind: 'batch-norm', name: 'n', channels: 5 },
      { kind: 'interpolation', name: 'i', in: 5, columns: [0, 1, 2, 3, 4] },
    ] as const) {
      const layers = chain(between).classifier.filter(isWeighted);
      const weights = new Map(layers.flatMap((layer) => [...noiseWeights(layer, 1)]));
      silence(weights, 'd1', 1, 0, 0);
      expect(removeDeadUnits({ description: chain(between), weights }).removed.size).toBe(0);
    }
  });
});
