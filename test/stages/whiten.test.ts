/** Second moments of another program, for the layers of a PyTorch model. PIPELINE_PYTHON is a Python with torch. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MomentSum } from '../../src/linalg/moments/second-moments.ts';
import { multiply } from '../../src/linalg/multiply.ts';
import { randomStream } from '../../src/linalg/random.ts';
import { thinSvd } from '../../src/linalg/svd.ts';
import type { ModelHistory } from '../../src/nn/model/history.ts';
import { encodedFloats } from '../../src/safetensors/stored-floats.ts';
import { writeTensors } from '../../src/safetensors/write-tensors.ts';
import { writeMoments } from '../../src/stages/shared/moments/moment-files.ts';
import { backends } from '../nn/kernels/differentiate.ts';
import { modelBytes } from '../onnx/small-models.ts';
import { npzOf } from './npz.ts';
import { digestsOf, type Folder, json, Workbench } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

const random = randomStream(1, 'whiten');
const filled = (length: number) => Float32Array.from({ length }, random.normal);

const [OUT, IN, ROWS] = [7, 9, 40];
const weight = { rows: OUT, cols: IN, data: filled(OUT * IN) };
/** One row for each sample. The last inputs vary less. */
const inputs = filled(ROWS * IN).map((value, i) => value / (1 + (i % IN)));

let model: Folder;
let factors: Folder;
let given: Folder;
beforeAll(async () => {
  const source = bench.folder();
  const parts = [...encodedFloats(weight.data, 'F32')];
  const tensor = { name: 'body.fc.weight', dtype: 'F32', shape: [OUT, IN] };
  const bytes = weight.data.byteLength;
  writeTensors(join(source, 'net.safetensors'), [{ ...tensor, bytes, parts: () => parts }], {});
  model = (await bench.run('model', { inputs: { model: source } })).model!;
  factors = (await bench.run('factorize', { inputs: { model } })).factors!;
  given = bench.folder();
  const sum = new MomentSum(IN);
  sum.add({ rows: ROWS, cols: IN, data: inputs });
  writeMoments(given, 'body.fc', { calibration: sum.moments() });
});

const whiten = async (moments: Folder, parameters: object = {}) =>
  (await bench.run('whiten', { parameters, inputs: { model, moments } })).moments!;
const fitted = async (moments: Folder, rank: number) => {
  const parameters = { method: 'svd-whitened', rank };
  const { model: out } = await bench.run('fit', {
    parameters,
    inputs: { model, factors, moments },
  });
  return json<{ history: ModelHistory }>(out!, 'model.json').history.compression!.layers[0]!;
};

describe('moments of another program', () => {
  it('give the nearest outputs of each rank', async () => {
    const moments = await whiten(given);
    const columns = new Float32Array(IN * ROWS);
    for (let i = 0; i < ROWS * IN; i++) columns[(i % IN) * ROWS + Math.floor(i / IN)] = inputs[i]!;
    const { s } = thinSvd(multiply(weight, { rows: IN, cols: ROWS, data: columns }));
    const energy = (from: number) => s.slice(from).reduce((total, one) => total + one ** 2, 0);
    for (const rank of [1, 3]) {
      const { outputError } = await fitted(moments, rank);
      expect(outputError!.calibration).toBeCloseTo(Math.sqrt(energy(rank) / energy(0)), 5);
      expect(outputError!.heldOut).toBeNull();
    }
  });

  it('are refused if no layer has their name, or if a layer has none', async () => {
    const [file] = readdirSync(given);
    expect(file).toBe('body.fc.moments.safetensors');
    const renamed = bench.folder();
    copyFileSync(join(given, file!), join(renamed, 'body.fd.moments.safetensors'));
    await expect(whiten(renamed)).rejects.toThrow(
      'no dense layer of the model has the name of body.fd.moments.safetensors in its input "moments"',
    );
    const empty = bench.folder();
    writeFileSync(join(empty, 'notes.txt'), '');
    const missing = 'its input "moments" has no body.fc.moments.safetensors';
    await expect(whiten(empty)).rejects.toThrow(missing);
    await expect(whiten(empty, { layers: ['body.*'] })).rejects.toThrow(missing);
    await expect(whiten(given, { layers: ['head'] })).rejects.toThrow('matches nothing');
  });

  it.each([
    ['cut', (bytes: Buffer) => bytes.subarray(0, bytes.length - 8)],
    ['not finite', (bytes: Buffer) => bytes.fill(0xff, bytes.length - 8 * IN)],
    ['no safetensors', () => Buffer.from('hello')],
  ])('are refused if they are %s', async (_, damage) => {
    const damaged = bench.folder();
    const file = 'body.fc.moments.safetensors';
    writeFileSync(join(damaged, file), damage(readFileSync(join(given, file))));
    await expect(whiten(damaged)).rejects.toThrow(file);
  });
});

const hasOnnx = backends.includes('onnx');
it.skipIf(!hasOnnx)('give the same files as those of the stage "moments"', async () => {
  const source = bench.folder();
  const constants = { w: { shape: [IN, OUT], data: filled(IN * OUT) } };
  const nodes = [['MatMul', ['x', 'w'], ['y'], {}, '/fc/MatMul']] as const;
  const net = { inputs: { x: ['N', IN] }, outputs: ['y'], constants, nodes };
  writeFileSync(join(source, 'net.onnx'), modelBytes(net));
  const taken = (await bench.run('model', { inputs: { model: source } })).model!;
  const arrays = bench.folder();
  writeFileSync(join(arrays, 'x.npz'), npzOf({ x: { shape: [ROWS, IN], data: inputs } }));
  const { data } = await bench.run('arrays', {
    parameters: { title: 'noise' },
    inputs: { arrays },
  });
  const { moments } = await bench.run('moments', { inputs: { model: taken, data: data! } });
  const raw = bench.folder();
  const [name] = readdirSync(moments!).filter((one) => one.includes('.moments.'));
  copyFileSync(join(moments!, name!), join(raw, name!));
  const again = await bench.run('whiten', { inputs: { model: taken, moments: raw } });
  expect(digestsOf(again.moments!)).toEqual(digestsOf(moments!));
});

const python = process.env.PIPELINE_PYTHON ?? 'python3';
const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0;
const SCRIPT = `
import sys
sys.path.insert(0, sys.argv[1])
import torch
from second_moments import second_moments
torch.manual_seed(1)
body = torch.nn.Sequential()
body.add_module("fc", torch.nn.Linear(${IN}, ${OUT}, bias=False))
model = torch.nn.Sequential()
model.add_module("body", body)
x = torch.frombuffer(bytearray(open(sys.argv[2] + "/x.bin", "rb").read()), dtype=torch.float32)
second_moments(model, ["body.fc"], sys.argv[2], [x.reshape(${ROWS}, ${IN})])
`;
it.skipIf(!hasTorch)('of PyTorch give the same errors (skipped without torch)', async () => {
  const written = bench.folder();
  writeFileSync(join(written, 'x.bin'), new Uint8Array(inputs.buffer));
  execFileSync(python, ['-c', SCRIPT, resolve('python'), written]);
  const [ours, theirs] = [await whiten(given), await whiten(written)];
  const [first, second] = [await fitted(ours, 2), await fitted(theirs, 2)];
  expect(second.outputError!.calibration).toBeCloseTo(first.outputError!.calibration, 10);
});
