/**
 * PyTorch loads the models that the pipeline writes, and computes the same. `load_model.py` needs a Python with torch
 * and safetensors. PIPELINE_PYTHON is its path.
 */
import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/linalg/random.ts';
import { describeReplaced } from '../../../src/nn/factored/replacement.ts';
import type { ModelDescription } from '../../../src/nn/model/description.ts';
import { mlp } from '../../../src/nn/model/mlp.ts';
import { writeModel } from '../../../src/nn/model/model-files.ts';
import { type VggOptions, vgg } from '../../../src/nn/model/vgg.ts';
import { writeSafetensors } from '../../../src/safetensors/safetensors.ts';
import {
  convolution,
  denseFactors,
  interpolated,
  layerNamed,
  logits,
  modelOf,
  spatial,
  tucker,
} from '../chained-networks.ts';

const python = process.env.PIPELINE_PYTHON;
const IMAGES = 4;

const small: VggOptions = {
  architecture: 'vgg11',
  batchNorm: false,
  head: 'published',
  input: [32, 32, 3],
  classes: 10,
  width: 1 / 8,
  hidden: 64,
  pool: 7,
};
const plain = vgg(small);
const normalized = vgg({ ...small, batchNorm: true });

const descriptions: Readonly<Record<string, ModelDescription>> = {
  'VGG-11': plain,
  'VGG-11-BN': normalized,
  'VGG-16-BN with a flat head of 2x2 maps': vgg({
    ...small,
    architecture: 'vgg16',
    batchNorm: true,
    head: 'flat',
    input: [64, 64, 3],
  }),
  'VGG-11 with dense chains': describeReplaced(plain, (name) =>
    name === 'classifier.0'
      ? interpolated(layerNamed(plain, name), 20)
      : name === 'classifier.3'
        ? denseFactors(layerNamed(plain, name), 9, 7)
        : undefined,
  ),
  'VGG-11-BN with chains of convolutions': describeReplaced(normalized, (name) =>
    name === 'features.4'
      ? spatial(layerNamed(normalized, name), 6)
      : name === 'features.8'
        ? tucker(layerNamed(normalized, name), 5, 11)
        : undefined,
  ),
  'unequal strides and paddings': {
    input: [17, 12, 3],
    classes: 5,
    features: [
      convolution('features.0', [3, 8], { kernel: [5, 3], stride: [2, 1], padding: [2, 0] }),
      { kind: 'batch-norm', name: 'features.1', channels: 8 },
      { kind: 'relu' },
      convolution('features.3', [8, 6], { kernel: [3, 3], stride: [2, 2], padding: [1, 1] }),
      { kind: 'relu' },
    ],
    classifier: [
      { kind: 'adaptive-average-pool', size: 3 },
      { kind: 'flatten' },
      { kind: 'dense', name: 'classifier.0', in: 54, out: 5, bias: true },
    ],
  },
  MLP: mlp({ input: [28, 28, 1], classes: 10, layers: [40, 30], dropout: 0.5 }),
};

describe('PyTorch', () => {
  beforeEach(({ skip }) => {
    skip(python === undefined, 'PIPELINE_PYTHON names no Python with torch and safetensors');
  });

  it.each(Object.keys(descriptions))('loads and computes: %s', async (name) => {
    const model = modelOf(descriptions[name]!);
    const { input, classes } = model.description;
    const size = input.reduce((a, b) => a * b);
    const random = randomStream(3, 'images');
    const images = Float32Array.from({ length: IMAGES * size }, random.normal);
    const expected = await logits(model, images, IMAGES);
    const folder = await mkdtemp(join(tmpdir(), 'pytorch-'));
    const original = { classifier: 1, total: 1 };
    const history = { title: name, dataset: 'none', training: { seed: 1 }, original };
    writeModel(folder, { ...model, history });
    const file = join(folder, 'images.safetensors');
    const tensors = new Map([['images', { shape: [IMAGES, ...input], data: images }]]);
    writeSafetensors(file, { tensors, metadata: {} });
    const script = fileURLToPath(new URL('load_model.py', import.meta.url));
    const { stdout } = await promisify(execFile)(python!, [script, folder, file]);
    const found = (JSON.parse(stdout) as number[][]).flat();
    expect(found).toHaveLength(IMAGES * classes);
    const largest = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    const error = found.reduce((a, b, i) => Math.max(a, Math.abs(b - expected[i]!)), 0);
    expect(error / largest).toBeLessThan(1e-4);
  });
});
