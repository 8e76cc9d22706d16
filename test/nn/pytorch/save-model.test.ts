/** The example that writes a model from PyTorch. PIPELINE_PYTHON is the path of a Python with torch and safetensors. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { randomStream } from '../../../src/linalg/random.ts';
import { readModel } from '../../../src/nn/model/model-files.ts';
import { logits } from '../chained-networks.ts';
import { COUNT, difference } from '../export/exported.ts';

const python = process.env.PIPELINE_PYTHON;
const root = mkdtempSync(join(tmpdir(), 'save-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('a network of PyTorch is read, and computes the same', async ({ skip }) => {
  skip(python === undefined, 'PIPELINE_PYTHON names no Python with torch and safetensors');
  const random = randomStream(3, 'images');
  const images = Float32Array.from({ length: COUNT * 784 }, random.normal);
  writeFileSync(join(root, 'images.f32'), images);
  const script = fileURLToPath(new URL('save_model.py', import.meta.url));
  const given = [script, 'examples/mlp/from_torch.py', join(root, 'net'), join(root, 'images.f32')];
  const { stdout } = await promisify(execFile)(python!, given);
  const model = readModel((file) => join(root, 'net', file));
  expect(model.history.original.total).toBe(100_642);
  const found = JSON.parse(stdout) as number[];
  expect(difference(found, await logits(model, images, COUNT))).toBeLessThan(1e-5);
});
