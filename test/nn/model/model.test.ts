/** What follows from the description of a network: parameters, names, shapes and initial weights. */
import { expect, test } from 'vitest';
import {
  countParameters,
  type Layer,
  type ModelDescription,
} from '../../../src/nn/model/description.ts';
import { initializeModel } from '../../../src/nn/model/initialize.ts';
import { inferShapes } from '../../../src/nn/model/shapes.ts';
import { vgg11 } from '../../../src/nn/model/vgg.ts';
import { tiny } from './small-networks.ts';

const full = { classes: 10, width: 1, hidden: 4096, pool: 7 };

const mixed: ModelDescription = {
  input: [8, 9, 32],
  classes: 4,
  features: [
    {
      kind: 'convolution',
      name: 'features.0',
      in: 32,
      out: 64,
      kernel: [3, 1],
      stride: [2, 3],
      padding: [1, 0],
      bias: false,
    },
    { kind: 'batch-norm', name: 'features.1', channels: 64 },
  ],
  classifier: [
    { kind: 'flatten' },
    { kind: 'interpolation', name: 'classifier.0.right', in: 768, columns: [4, 700] },
    { kind: 'dense', name: 'classifier.0.left', in: 2, out: 4, bias: true },
  ],
};

test('the full network has the parameters of torchvision and of the published experiment', () => {
  const three = countParameters(vgg11({ ...full, input: [32, 32, 3] }));
  expect(three).toEqual({ features: 9_220_480, classifier: 119_586_826, total: 128_807_306 });
  expect(countParameters(vgg11({ ...full, input: [32, 32, 1] })).features).toBe(9_219_328);
  const imagenet = vgg11({ ...full, input: [224, 224, 3], classes: 1000 });
  expect(countParameters(imagenet).total).toBe(132_863_336);
});

test('layers are named as in torchvision', () => {
  const names = [...tiny.features, ...tiny.classifier].flatMap((l) =>
    'name' in l ? [l.name] : [],
  );
  expect(names).toEqual([
    ...[0, 3, 6, 8, 11, 13, 16, 18].map((i) => `features.${i}`),
    ...[0, 3, 6].map((i) => `classifier.${i}`),
  ]);
});

test('shapes follow from the description, and a misfit names its layer', () => {
  const { boundary, classifier } = inferShapes(vgg11({ ...full, input: [32, 32, 3] }));
  expect(boundary).toEqual([1, 1, 512]);
  expect(classifier.slice(0, 3)).toEqual([[7, 7, 512], [25088], [4096]]);
  const small = vgg11({ ...full, input: [16, 16, 3] });
  expect(() => inferShapes(small)).toThrow("features[20] (max-pool): a window of 2 doesn't fit");
  const skewed: ModelDescription = { ...tiny, classifier: tiny.classifier.slice(2) };
  expect(() => inferShapes(skewed)).toThrow('classifier[0] (dense): expects a flat input');
  const unflat: ModelDescription = { ...tiny, classifier: tiny.classifier.slice(0, 1) };
  expect(() => inferShapes(unflat)).toThrow('a flatten must follow');
  expect(() => inferShapes({ ...tiny, classes: 5 })).toThrow('ends in [4], but it has 5 classes');
});

test('initial weights depend on the seed and have the spread of their kind', () => {
  const model = initializeModel(vgg11({ ...full, input: [32, 32, 1], width: 0.25, hidden: 64 }), 1);
  const weight = (name: string) => model.weights.get(name)!;
  expect(weight('features.18.weight').shape).toEqual([128, 128, 3, 3]);
  const filters = weight('features.18.weight').data;
  const deviation = Math.sqrt(filters.reduce((sum, w) => sum + w * w, 0) / filters.length);
  expect(deviation).toBeCloseTo(Math.sqrt(2 / (128 * 9)), 3);
  expect(weight('features.18.bias').data.every((b) => b === 0)).toBe(true);
  const bound = 1 / Math.sqrt(64);
  const dense = weight('classifier.3.weight').data.map(Math.abs);
  expect(dense.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(bound);
  expect(dense.reduce((a, b) => a + b) / dense.length).toBeCloseTo(bound / 2, 2);
  expect(initializeModel(tiny, 1)).toEqual(initializeModel(tiny, 1));
  expect(initializeModel(tiny, 1).weights).not.toEqual(initializeModel(tiny, 2).weights);
});

test('initial weights of rectangles and batch norms', () => {
  const { weights } = initializeModel(mixed, 1);
  const { shape, data } = weights.get('features.0.weight')!;
  expect(shape).toEqual([64, 32, 3, 1]);
  const deviation = Math.sqrt(data.reduce((sum, w) => sum + w * w, 0) / data.length);
  expect(deviation).toBeCloseTo(Math.sqrt(2 / (64 * 3)), 2);
  expect(weights.has('features.0.bias')).toBe(false);
  for (const [name, value] of Object.entries({
    weight: 1,
    bias: 0,
    running_mean: 0,
    running_var: 1,
  })) {
    expect(weights.get(`features.1.${name}`)!.data).toEqual(new Float32Array(64).fill(value));
  }
  expect(countParameters(mixed).features).toBe(64 * 32 * 3 + 2 * 64);
});

test('shapes of rectangles, and invalid columns', () => {
  expect(inferShapes(mixed)).toEqual({
    features: [
      [4, 3, 64],
      [4, 3, 64],
    ],
    boundary: [4, 3, 64],
    classifier: [[768], [2], [4]],
  });
  for (const columns of [
    [3, 3],
    [3, 2],
    [-1, 0],
    [0, 768],
    [0, 1.5],
  ]) {
    const [flatten, interpolation, dense] = mixed.classifier;
    const wrong = { ...interpolation!, columns } as Layer;
    expect(() => inferShapes({ ...mixed, classifier: [flatten!, wrong, dense!] })).toThrow(
      'classifier[1] (interpolation): its columns are some of 768 inputs',
    );
  }
});
