import { expect, test } from 'vitest';
import { countParameters, type ModelDescription } from '../../../src/nn/model/description.ts';
import { mlp } from '../../../src/nn/model/mlp.ts';
import { inferShapes } from '../../../src/nn/model/shapes.ts';
import { type VggOptions, vgg, vgg11, vggNames } from '../../../src/nn/model/vgg.ts';

const full: VggOptions = {
  architecture: 'vgg11',
  batchNorm: false,
  head: 'published',
  input: [224, 224, 3],
  classes: 1000,
  width: 1,
  hidden: 4096,
  pool: 7,
};

/** The numbers of parameters that torchvision states. */
const published = {
  vgg11: [132_863_336, 132_868_840],
  vgg13: [133_047_848, 133_053_736],
  vgg16: [138_357_544, 138_365_992],
  vgg19: [143_667_240, 143_678_248],
} as const;

test.each(vggNames)('%s has the parameters of torchvision, with and without batch norm', (name) => {
  const counts = [false, true].map((batchNorm) => {
    const description = vgg({ ...full, architecture: name, batchNorm });
    expect(inferShapes(description).boundary).toEqual([7, 7, 512]);
    return countParameters(description).total;
  });
  expect(counts).toEqual(published[name]);
});

test('layers are named as in torchvision', () => {
  const plain = vgg({ ...full, architecture: 'vgg19' });
  expect(namesIn(plain)).toEqual([
    ...[0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34].map((i) => `features.${i}`),
    ...[0, 3, 6].map((i) => `classifier.${i}`),
  ]);
  const normalized = vgg({ ...full, architecture: 'vgg16', batchNorm: true });
  expect(namesIn(normalized)).toEqual([
    ...[0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40].flatMap((i) => [
      `features.${i}`,
      `features.${i + 1}`,
    ]),
    ...[0, 3, 6].map((i) => `classifier.${i}`),
  ]);
});

test('the head flat uses the last map unchanged', () => {
  const of = (size: number) => vgg({ ...full, head: 'flat', input: [size, size, 3] });
  const first = (description: ModelDescription) => inferShapes(description).classifier[0];
  expect([first(of(32)), first(of(64)), first(of(224))]).toEqual([[512], [2048], [25088]]);
  expect(countParameters(of(32)).classifier).toBe(512 * 4096 + 4096 + 4096 * 4097 + 4097 * 1000);
  expect(of(32).classifier.map(({ kind }) => kind)).not.toContain('adaptive-average-pool');
});

test('the published network is VGG-11 with its head', () => {
  const { architecture, batchNorm, head, ...widths } = full;
  expect(vgg11(widths)).toEqual(vgg(full));
});

test('an MLP is a classifier of the pixels, named as a Sequential', () => {
  const options = { input: [28, 28, 1], classes: 10, layers: [512, 300] } as const;
  const plain = mlp(options);
  expect(plain.features).toEqual([]);
  expect(namesIn(plain)).toEqual(['classifier.0', 'classifier.2', 'classifier.4']);
  expect(inferShapes(plain)).toEqual({
    features: [],
    boundary: [28, 28, 1],
    classifier: [[784], [512], [512], [300], [300], [10]],
  });
  expect(countParameters(plain)).toEqual({
    features: 0,
    classifier: 785 * 512 + 513 * 300 + 301 * 10,
    total: 785 * 512 + 513 * 300 + 301 * 10,
  });
  const dropping = mlp({ ...options, dropout: 0.2 });
  expect(namesIn(dropping)).toEqual(['classifier.0', 'classifier.3', 'classifier.6']);
  expect(dropping.classifier[3]).toEqual({ kind: 'dropout', rate: 0.2 });
  expect(mlp({ ...options, layers: [] }).classifier).toHaveLength(2);
});

function namesIn({ features, classifier }: ModelDescription): readonly string[] {
  return [...features, ...classifier].flatMap((l) => ('name' in l ? [l.name] : []));
}
