/** Which backend the built program takes, in a project of a few images. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { locateBackend } from '../../src/nn/backends/locate.ts';

const program = resolve('dist/main.js');
const folders: string[] = [];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backends-'));
  folders.push(folder);
  cpSync('examples/pets', folder, { recursive: true });
});
afterAll(() => {
  for (const one of folders) rmSync(one, { recursive: true, force: true });
});

/** On a machine without ONNX Runtime if `NODE_OPTIONS` loads this file. */
const hideOnnx = `
const modules = require('node:module');
const resolve = modules._resolveFilename;
modules._resolveFilename = function (name, ...rest) {
  if (!name.startsWith('onnxruntime-node')) return resolve.call(this, name, ...rest);
  throw Object.assign(new Error('hidden by the test'), { code: 'MODULE_NOT_FOUND' });
};
`;

let nodeOptions = '';

function pipeline(...words: readonly string[]) {
  const env = {
    ...process.env,
    // No backend that is installed for the user of this machine.
    LOWRANK_BACKENDS: join(folder, 'none'),
    NO_COLOR: '1',
    NODE_OPTIONS: nodeOptions,
  };
  const options = { cwd: folder, env, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], options);
  return { status, lines: stdout.split('\n'), stderr };
}

const onnx = locateBackend('onnx');
const faster = 'backend wasm 4.22.0 (as before; onnx is faster: --backend onnx)';

describe.runIf(onnx)('with ONNX Runtime', () => {
  it('takes it in a new project, and keeps wasm where the results were made on it', () => {
    expect(pipeline('plan').lines[0]).toBe(`backend onnx ${onnx!.version}`);
    expect(pipeline('run', '--backend', 'wasm').status).toBe(0);
    for (const word of ['plan', 'run']) {
      const { lines } = pipeline(word);
      expect(lines[0]).toBe(faster);
      expect(lines.join('\n')).toMatch(/^(nothing to run|0 executed)/m);
    }
    // An edit is computed on the same backend.
    appendFileSync(join(folder, 'pipeline.yaml'), '# an edit\n');
    expect(pipeline('plan').lines[0]).toBe(faster);
    const { lines } = pipeline('plan', '--backend', 'onnx');
    expect(lines[1]).toBe(
      `the backend changed from wasm 4.22.0 to onnx ${onnx!.version}: 1 result will be recomputed; keep it with --backend wasm, or reuse it with --reuse-across-backends`,
    );
    expect(pipeline('run', '--backend', 'onnx').status).toBe(0);
    expect(pipeline('plan').lines.slice(0, 2)).toEqual([
      `backend onnx ${onnx!.version}`,
      'up to date  data',
    ]);
  });

  it('that appears later changes nothing in a sweep, and costs what the plan says', () => {
    const sweep = (rates: string) => writeFileSync(join(folder, 'pipeline.yaml'), sweepOf(rates));
    sweep('2, 4');
    writeFileSync(join(folder, 'hide.cjs'), hideOnnx);
    nodeOptions = `--require ${join(folder, 'hide.cjs')}`;
    const { lines: first, status } = pipeline('run');
    nodeOptions = '';
    expect(status).toBe(0);
    expect(first[0]).toBe(
      'backend wasm 4.22.0 (onnx is not installed; fix: pipeline backend install onnx)',
    );

    const { lines: planned } = pipeline('plan');
    expect(planned[0]).toBe(faster);
    expect(planned).toContain('nothing to run, 13 up to date');
    const { lines: again } = pipeline('run');
    expect(again[0]).toBe(faster);
    expect(again[1]).toMatch(/^0 executed/);

    const { lines: changed } = pipeline('plan', '--backend', 'onnx');
    expect(changed[1]).toBe(
      `the backend changed from wasm 4.22.0 to onnx ${onnx!.version}: 12 results will be recomputed; keep them with --backend wasm, or reuse them with --reuse-across-backends`,
    );
    // Both ways out.
    for (const words of [['wasm'], ['onnx', '--reuse-across-backends']]) {
      const { lines } = pipeline('plan', '--backend', ...words);
      expect(lines).toContain('nothing to run, 13 up to date');
    }

    // One more rate is computed on the same backend, and nothing else is.
    sweep('2, 4, 8');
    const { lines: more } = pipeline('run');
    expect(more[0]).toBe(faster);
    expect(more.filter((line) => line.startsWith('done'))).toHaveLength(4);
    expect(more.filter((line) => /^done.*rate=[24]\b/.test(line))).toEqual([]);
  });
});

/** Two networks at several rates. */
const sweepOf = (rates: string) => `
stages:
  data: { uses: images, with: { title: Pets }, inputs: { images: ./pets } }
  train:
    uses: train
    matrix: { trial: [0, 1] }
    with:
      network: { width: 0.0625, hidden: 16 }
      epochs: 1
      batch: 32
      learningRate: 1.0e-3
      decay: 0.5
      weightDecay: 0
      seed: \${matrix.trial}
    inputs: { data: data }
  factorize: { uses: factorize, each: train, inputs: { model: train } }
  decompose:
    uses: decompose
    each: train
    matrix: { rate: [${rates}] }
    with: { method: svd, rate: "\${matrix.rate}" }
    inputs: { model: train, factors: factorize }
  evaluate:
    uses: evaluate
    each: decompose
    inputs: { models: decompose, data: data }
`;

it('takes the backend that a document names, and points at the place if it does not start', () => {
  appendFileSync(join(folder, 'pipeline.yaml'), 'backend: cpu\n');
  expect(pipeline('plan').lines[0]).toMatch(/^backend cpu 4\.22\.0 \(pipeline\.yaml:\d+\)$/);
  expect(pipeline('plan', '--backend', 'wasm').lines[0]).toBe('backend wasm 4.22.0 (as requested)');
  appendFileSync(join(folder, 'gpu.yaml'), 'backend: tensorflow-gpu\n');
  const { status, stderr } = pipeline('plan', '-c', 'gpu.yaml');
  expect(status).toBe(2);
  expect(stderr).toContain("gpu.yaml:1:10: error: the backend tensorflow-gpu can't be used: ");
  expect(stderr).toContain('help: pipeline backend install tensorflow-gpu');
});

it('says in one line why onnx-gpu does not start, or that it was requested', () => {
  const { status, lines, stderr } = pipeline('plan', '--backend', 'onnx-gpu');
  if (status === 0) expect(lines[0]).toMatch(/^backend onnx-gpu \S+ on \w+ \(as requested\)$/);
  else expect(stderr).toMatch(/^error: the backend onnx-gpu can't be used: .+\n {2}help: /);
});
