/** The pipelines of `pipeline init`, run by the built program. `test/docs/consoles.test.ts` runs the examples. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { locateBackend } from '../../src/nn/backends/locate.ts';
import { jsonLines } from '../cli/terminal.ts';
import { png, writeFiles } from '../datasets/picture.ts';

const program = resolve('dist/main.js');
const folders: string[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'init-'));
  folders.push(folder);
});
afterAll(() => {
  for (const one of folders) rmSync(one, { recursive: true, force: true });
});

function pipeline(...words: readonly string[]): string {
  const options = { cwd: folder, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], options);
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
  return stdout;
}

function copy(example: string, ...names: readonly string[]): void {
  for (const name of names) cpSync(join('examples', example, name), join(folder, name));
}

/** For data of another kind, further rates would run the same stages again. */
function keepOneRate(): void {
  const path = join(folder, 'pipeline.yaml');
  writeFileSync(path, readFileSync(path, 'utf8').replace('rate: [2, 4, 8]', 'rate: [2]'));
}

const scores = () => jsonLines(pipeline('metrics', '--json', 'baseline', 'evaluate'));

it.each(['lowrank_loader.py', 'save_model.py', 'write_scores.py'])(
  'the example for PyTorch has the same %s as the package',
  (name) => {
    const [shipped, copied] = ['python', 'examples/pytorch'].map((one) => join(one, name));
    expect(readFileSync(copied!, 'utf8')).toBe(readFileSync(shipped!, 'utf8'));
  },
);

describe.skipIf(!locateBackend('onnx'))('an ONNX model (skipped without ONNX Runtime)', () => {
  it('gets a pipeline that compares on images, or on random inputs', () => {
    copy('onnx', 'vit.onnx', 'digits.npz');
    pipeline('init', 'onnx', 'vit.onnx', '--images', 'digits.npz');
    expect(pipeline('run')).toMatch(/^17 executed, 0 cached/m);
    expect(scores()).toHaveLength(7);
    expect(pipeline('show', 'report')).toContain('Compression of vit');
    rmSync(join(folder, 'pipeline.yaml'));
    pipeline('init', 'onnx', 'vit.onnx');
    keepOneRate();
    expect(pipeline('run')).toMatch(/^9 executed, 0 cached/m);
    expect(scores()).toHaveLength(3);
  });
});

const digits = Array.from({ length: 10 }, (_, digit) => digit);

describe.skipIf(!locateBackend('onnx'))('photographs (skipped without ONNX Runtime)', () => {
  it.each([
    ['without labels', ['a.png', 'b.png', 'c.png'], /agreement/],
    ['in folders of classes', digits.map((digit) => `${digit}/0.png`), /accuracy/],
  ])('%s and of different sizes are enough for a pipeline', (_, names, measure) => {
    copy('onnx', 'vit.onnx');
    const shapes = [
      { width: 40, height: 30 },
      { width: 28, height: 28 },
      { width: 20, height: 64 },
    ];
    const images = names.map((name, i) => {
      const shape = { ...shapes[i % 3], channels: 1 as const };
      return [`photos/${name}`, png(i, shape)] as const;
    });
    writeFiles(folder, Object.fromEntries(images));
    pipeline('init', 'onnx', 'vit.onnx', '--images', 'photos');
    keepOneRate();
    expect(pipeline('run')).toMatch(/^9 executed, 0 cached/m);
    const rows = scores().map((row) => JSON.stringify(row));
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(row).toMatch(measure);
  });
});

const hasTorch = spawnSync('python3', ['-c', 'import torch']).status === 0;

it.skipIf(!hasTorch)('a PyTorch network gets a pipeline (skipped without torch)', () => {
  pipeline('init', 'pytorch');
  expect(pipeline('run')).toMatch(/^17 executed, 0 cached/m);
  expect(scores()).toHaveLength(7);
});
