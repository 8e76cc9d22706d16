/**
 * PyTorch computes the same with an exported network as our own forward pass, and onnx.checker accepts the ONNX file.
 * PIPELINE_PYTHON is the path of a Python with torch, and with onnx for the latter.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { stateDict, torchLayers } from '../../../src/nn/export/pytorch-layers.ts';
import { moduleText } from '../../../src/nn/export/pytorch-module.ts';
import { writeOnnxExport } from '../../../src/nn/export/write-onnx.ts';
import { writePytorchExport } from '../../../src/nn/export/write-pytorch.ts';
import { modelOf } from '../chained-networks.ts';
import { COUNT, computed, difference, exported } from './exported.ts';

const python = process.env.PIPELINE_PYTHON;
const script = fileURLToPath(new URL('run_exports.py', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'export-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Ran {
  readonly outputs: readonly number[];
  readonly names: readonly string[];
  readonly checked: boolean;
}

// One process for all: to load torch takes longer than to run the networks.
it('PyTorch computes the same, and onnx.checker accepts the file', async ({ skip }) => {
  skip(python === undefined, 'PIPELINE_PYTHON names no Python with torch');
  const cases = [];
  for (const [title, description] of Object.entries(exported)) {
    const model = modelOf(description);
    const { images, expected } = await computed(model);
    const folder = join(root, title);
    mkdirSync(folder);
    const about = { text: `${title}: a "text" \\ of '''quotes'''`, metadata: { title } };
    writePytorchExport(folder, model, about);
    writeOnnxExport(folder, model, about);
    writeFileSync(join(folder, 'images.f32'), images);
    const [height, width, channels] = description.input;
    writeFileSync(join(folder, 'shape.json'), JSON.stringify([COUNT, channels, height, width]));
    cases.push({ title, folder, expected, names: [...stateDict(model).keys()] });
  }
  const folders = cases.map(({ folder }) => folder);
  const { stdout } = await promisify(execFile)(python!, [script, ...folders]);
  const ran = JSON.parse(stdout) as readonly Ran[];
  for (const [index, { title, expected, names }] of cases.entries()) {
    const { outputs, names: found } = ran[index]!;
    expect(difference(outputs, expected), title).toBeLessThan(1e-5);
    const own = found.filter((name) => !name.endsWith('.num_batches_tracked'));
    expect(own.sort(), title).toEqual(names.sort());
  }
  skip(!ran[0]!.checked, 'PIPELINE_PYTHON has no onnx, so no ONNX file was checked');
});

it('the module has less than 80 lines', () => {
  expect(moduleText('VGG-11 for MNIST.').split('\n').length).toBeLessThan(80);
});

it('layers have the names of torchvision', () => {
  expect(torchLayers(exported.vgg11!).slice(0, 3)).toEqual([
    ['features.0', 'Conv2d', { in_channels: 3, out_channels: 4, kernel_size: 3, padding: 1 }],
    ['features.1', 'ReLU', {}],
    ['features.2', 'MaxPool2d', { kernel_size: 2, stride: 2 }],
  ]);
  expect(torchLayers(exported.vgg11!).slice(-9)).toEqual([
    ['avgpool', 'AdaptiveAvgPool2d', { output_size: 7 }],
    ['flatten', 'Flatten', {}],
    ['classifier.0', 'Linear', { in_features: 1568, out_features: 24 }],
    ['classifier.1', 'ReLU', {}],
    ['classifier.2', 'Dropout', { p: 0.5 }],
    ['classifier.3', 'Linear', { in_features: 24, out_features: 24 }],
    ['classifier.4', 'ReLU', {}],
    ['classifier.5', 'Dropout', { p: 0.5 }],
    ['classifier.6', 'Linear', { in_features: 24, out_features: 10 }],
  ]);
});
