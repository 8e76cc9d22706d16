import { expect, test } from 'vitest';
import { costsOf } from '../../../src/nn/model/costs.ts';
import { countParameters, type ModelDescription } from '../../../src/nn/model/description.ts';
import { vgg, vgg11 } from '../../../src/nn/model/vgg.ts';

const widths = { input: [32, 32, 3], classes: 10, width: 1, hidden: 4096, pool: 7 } as const;

test('VGG-11 on 32x32 images, by hand', () => {
  const { layers, features, classifier, total } = costsOf(vgg11(widths));
  const convolutions = [
    32 * 32 * 9 * 3 * 64,
    16 * 16 * 9 * 64 * 128,
    8 * 8 * 9 * 128 * 256,
    8 * 8 * 9 * 256 * 256,
    4 * 4 * 9 * 256 * 512,
    4 * 4 * 9 * 512 * 512,
    2 * 2 * 9 * 512 * 512,
    2 * 2 * 9 * 512 * 512,
  ];
  const dense = [25088 * 4096, 4096 * 4096, 4096 * 10];
  expect(layers.map(({ macs }) => macs)).toEqual([...convolutions, ...dense]);
  expect(features).toEqual({ macs: 152_764_416, bytes: 4 * 9_220_480 });
  expect(classifier).toEqual({ macs: 119_578_624, bytes: 4 * 119_586_826 });
  expect(total).toEqual({ macs: 272_343_040, bytes: 4 * 128_807_306 });
});

test('batch norms cost no MACs, but are stored with their statistics', () => {
  const options = { ...widths, architecture: 'vgg11', head: 'flat' } as const;
  const [plain, normalized] = [false, true].map((batchNorm) =>
    costsOf(vgg({ ...options, batchNorm })),
  );
  expect(normalized!.total.macs).toBe(plain!.total.macs);
  const channels = 64 + 128 + 2 * 256 + 4 * 512;
  expect(normalized!.features.bytes - plain!.features.bytes).toBe(4 * 4 * channels);
  expect(plain!.classifier.macs).toBe(512 * 4096 + 4096 * 4096 + 4096 * 10);
});

test('a chain counts its own layers, at the positions that they compute', () => {
  const convolution = {
    kind: 'convolution',
    in: 3,
    out: 2,
    bias: false,
    of: 'features.0',
  } as const;
  const description: ModelDescription = {
    input: [8, 6, 3],
    classes: 5,
    features: [
      // Spatial scheme, at stride 2: the vertical part comes first.
      { ...convolution, name: 'features.0.right', kernel: [3, 1], stride: [2, 1], padding: [1, 0] },
      {
        ...convolution,
        name: 'features.0.left',
        in: 2,
        out: 4,
        kernel: [1, 3],
        stride: [1, 2],
        padding: [0, 1],
        bias: true,
      },
      { kind: 'relu' },
    ],
    classifier: [
      { kind: 'flatten' },
      {
        kind: 'interpolation',
        name: 'classifier.0.right',
        in: 48,
        columns: [0, 7, 47],
        of: 'classifier.0',
      },
      {
        kind: 'dense',
        name: 'classifier.0.left',
        in: 3,
        out: 5,
        bias: true,
        of: 'classifier.0',
      },
    ],
  };
  const costs = costsOf(description);
  expect(costs.layers).toEqual([
    { name: 'features.0.right', of: 'features.0', macs: 4 * 6 * 2 * 3 * 3, bytes: 4 * 18 },
    { name: 'features.0.left', of: 'features.0', macs: 4 * 3 * 4 * 2 * 3, bytes: 4 * (24 + 4) },
    { name: 'classifier.0.right', of: 'classifier.0', macs: 3 * 45, bytes: 4 * (3 * 45 + 3) },
    { name: 'classifier.0.left', of: 'classifier.0', macs: 15, bytes: 4 * (15 + 5) },
  ]);
  const indices = 3;
  expect(costs.total.bytes).toBe(4 * (countParameters(description).total + indices));
});
