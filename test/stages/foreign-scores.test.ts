/** Models of other programs through scores and reports, in the cases that are easy to get wrong. */
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '../../src/linalg/random.ts';
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import type { ModelHistory } from '../../src/nn/model/history.ts';
import { OnnxGraphBuilder } from '../../src/onnx/graph-builder.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import { writeOnnxFile } from '../../src/onnx/write-file.ts';
import { writeTensors } from '../../src/safetensors/write-tensors.ts';
import { evaluate } from '../../src/stages/evaluate.ts';
import { reportInput } from '../../src/stages/shared/reports/report-input.ts';
import { backends } from '../nn/kernels/differentiate.ts';
import { modelBytes } from '../onnx/small-models.ts';
import { npzOf } from './npz.ts';
import { artifactIn, type Folder, json, Workbench } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

const random = randomStream(1, 'scores');
const filled = (length: number) => Float32Array.from({ length }, () => random.normal());

const take = async (folder: Folder, parameters: object = {}) =>
  (await bench.run('model', { parameters, inputs: { model: folder } })).model!;

/** One layer of 40 inputs. */
function linear(name: string, outputs = 40): Folder {
  const folder = bench.folder();
  const w = { shape: [40, outputs], data: filled(40 * outputs) };
  const nodes = [['MatMul', ['x', 'w'], ['y'], {}, 'only']] as const;
  const model = { inputs: { x: ['N', 40] }, outputs: ['y'], constants: { w }, nodes };
  writeFileSync(join(folder, `${name}.onnx`), modelBytes(model));
  return folder;
}

/** The same with its weight in a second file. */
function withData(): Folder {
  const folder = bench.folder();
  const graph = new OnnxGraphBuilder();
  const x = graph.input('x', ['N', 40]);
  graph.output(graph.add('MatMul', [x, graph.constant([40, 40], filled(1600))], {}, 'y'), [
    'N',
    40,
  ]);
  const about = { irVersion: 8 };
  const model = { ...graph.model('g'), opsets: { '': 17 } };
  writeOnnxFile(model, { folder, file: 'net.onnx', about, limit: 100 });
  return folder;
}

async function compress(model: Folder, rank: number): Promise<Folder> {
  const { factors } = await bench.run('factorize', { inputs: { model } });
  const parameters = { method: 'svd', rank };
  const inputs = { model, factors: factors! };
  return (await bench.run('decompose', { parameters, inputs })).model!;
}

let data: Folder;
beforeAll(async () => {
  data = await bench.takeSamples('noise', { shape: [50, 40], data: filled(2000) });
});

const score = async (models: Folder | readonly Folder[], reference?: Folder) =>
  (await bench.run('evaluate', { inputs: { models, data, ...(reference && { reference }) } }))
    .scores!;
const rowsIn = (scores: Folder) => json<EvaluationRow[]>(scores, 'rows.json');

const hasOnnx = backends.includes('onnx');
describe.skipIf(!hasOnnx)(`scores${hasOnnx ? '' : ' (ONNX Runtime is not installed)'}`, () => {
  it('of a model with external data are those of the stored files', async () => {
    const model = await take(withData());
    expect(readdirSync(model).sort()).toEqual(['model.json', 'net.onnx', 'net.onnx.data']);
    const sizes = ['net.onnx', 'net.onnx.data'].map((one) => statSync(join(model, one)).size);
    const [row] = rowsIn(await score(model));
    expect(row).toMatchObject({ count: 50, parameters: { total: 1600 } });
    expect(row!.bytes).toBe(sizes[0]! + sizes[1]!);
  });

  it('of models of several originals are compared with their own', async () => {
    const originals = [await take(linear('a')), await take(linear('b', 60))];
    const reference = await score(originals);
    // Not the scores of one original: one file cannot have the predictions of both.
    expect(readdirSync(reference)).not.toContain('original.bin');
    const compressed = await Promise.all(originals.map((model) => compress(model, 30)));
    const rows = rowsIn(await score(compressed, reference));
    for (const [i, model] of compressed.entries()) {
      const alone = await score(model, await score(originals[i]!));
      const row = rows.find((one) => one.model === 'ab'[i])!;
      expect(row.agreement).toBeGreaterThan(0.1);
      expect(row).toEqual(rowsIn(alone)[0]);
      expect(readdirSync(alone)).toContain('original.bin');
    }
  });

  it('with another original of the same form are refused', async () => {
    const [narrow, wide] = [await take(linear('a', 30)), await take(linear('b', 60))];
    const scored = score(await compress(wide, 2), await score(narrow));
    await expect(scored).rejects.toThrow(
      'the output "y" has 60 numbers for each sample, and that of the original "a" has 30',
    );
  });

  it('of an original with an output that is not a number are refused', async () => {
    const folder = bench.folder();
    const w = { shape: [40, 2, 2], data: filled(160) };
    const nodes = [
      ['MatMul', ['x', 'w'], ['r']],
      ['Sqrt', ['r'], ['y']],
    ] as const;
    const inputs = { x: ['N', 1, 40] };
    const constants = { w: { ...w, shape: [40, 4] } };
    const model = { inputs, outputs: ['r', 'y'], constants, nodes };
    writeFileSync(join(folder, 'root.onnx'), modelBytes(model));
    const arrays = bench.folder();
    writeFileSync(join(arrays, 'x.npz'), npzOf({ x: { shape: [5, 1, 40], data: filled(200) } }));
    const parameters = { title: 'noise' };
    const { data: rows } = await bench.run('arrays', { parameters, inputs: { arrays } });
    const scored = bench.run('evaluate', { inputs: { models: await take(folder), data: rows! } });
    await expect(scored).rejects.toThrow(/root: the output "y" of sample \d is not a number/);
  });
});

describe('the declared input', () => {
  const input = { size: 8 };

  it('is refused for safetensors', async () => {
    const folder = bench.folder();
    writeTensors(join(folder, 'net.safetensors'), [], {});
    await expect(take(folder, { input })).rejects.toThrow('"input" is for ONNX files');
  });

  it.skipIf(!hasOnnx)('is not used for arrays, which the log says', async () => {
    await score(await take(linear('a'), { input }));
    expect(bench.log).toContain('the data are arrays, so "input" of the model is not used');
  });
});

describe('a model of another program', () => {
  it('is named if the folder has it in both formats', async () => {
    const folder = linear('net');
    writeTensors(join(folder, 'part.safetensors'), [], {});
    writeFileSync(join(folder, 'net.safetensors.index.json'), '{}');
    await expect(take(folder)).rejects.toThrow(
      'the input has several models: net.onnx, net.safetensors.index.json',
    );
    expect(readdirSync(await take(folder, { file: 'net.onnx' }))).toContain('net.onnx');
  });

  it('is part of the report, with the digest of its files', async () => {
    const [plain, split] = [await take(linear('a')), await take(withData())];
    const models = [plain, split].map(artifactIn);
    const { provenance } = reportInput('A study', {
      inputs: (port) => (port === 'models' ? models : []),
    });
    expect(provenance.map(({ what }) => what)).toEqual(['a: a', 'net: net']);
    expect(new Set(provenance.map(({ sha256 }) => sha256)).size).toBe(2);
  });

  it('with a long name of a layer shows its spectrum under this name', async () => {
    const name = `/${'größe/'.repeat(40)}MatMul`;
    const folder = bench.folder();
    const nodes = [['MatMul', ['x', 'w'], ['y'], {}, name]] as const;
    const constants = { w: { shape: [40, 5], data: filled(200) } };
    writeFileSync(
      join(folder, 'deep.onnx'),
      modelBytes({ inputs: { x: ['N', 40] }, outputs: ['y'], constants, nodes }),
    );
    const model = await take(folder);
    const { factors } = await bench.run('factorize', { inputs: { model } });
    const { spectra } = reportInput('A study', {
      inputs: (port) => (port === 'factors' ? [artifactIn(factors!)] : []),
    });
    expect(spectra.map(({ layer }) => layer)).toEqual([name]);
  });

  it('has the number of weights of the files, also if scales of integers go away', async () => {
    const folder = bench.folder();
    const constants = {
      q: { shape: [40, 40], data: Int8Array.from(filled(1600), (value) => 20 * value) },
      s: { shape: [40], data: filled(40) },
      z: { shape: [40], data: new Int8Array(40) },
    };
    const nodes = [
      ['DequantizeLinear', ['q', 's', 'z'], ['w'], { axis: 1 }],
      ['MatMul', ['x', 'w'], ['y'], {}, 'only'],
    ] as const;
    writeFileSync(
      join(folder, 'ints.onnx'),
      modelBytes({ inputs: { x: ['N', 40] }, outputs: ['y'], constants, nodes }),
    );
    const compressed = await compress(await take(folder), 4);
    const { parameters, history } = json<{ parameters: number; history: ModelHistory }>(
      compressed,
      'model.json',
    );
    const { initializers } = openOnnx(join(compressed, 'ints.onnx')).graph;
    expect(parameters).toBe(initializers.reduce((sum, { count }) => sum + count, 0));
    expect(history.compression!.achieved).toBe(1600 / (4 * 80));
  });

  it('is refused if one of its files has the name of a file of this program', async () => {
    const folder = bench.folder();
    const nodes = [['MatMul', ['x', 'w'], ['y'], {}, 'only']] as const;
    const entries = { location: 'model.json', offset: 0, length: 6400 };
    const fields = {
      dataLocation: 1,
      externalData: Object.entries(entries).map(([key, value]) => ({ key, value: `${value}` })),
    };
    const constants = { w: { shape: [40, 40], type: 1, fields } };
    writeFileSync(join(folder, 'model.json'), Buffer.alloc(6400));
    writeFileSync(
      join(folder, 'net.onnx'),
      modelBytes({ inputs: { x: ['N', 40] }, outputs: ['y'], constants, nodes }),
    );
    await expect(take(folder)).rejects.toThrow('the model has a file model.json');
  });
});

it('no backend starts ahead of time for scores beside models of other programs', async () => {
  const { prepare } = await evaluate.load();
  const given = (runtime: string | undefined) => ({
    fact: () => 'no-such-backend 1',
    optionalFact: () => runtime,
    cores: 1,
  });
  await expect(prepare!(given(undefined))).rejects.toThrow();
  await prepare!(given('onnxruntime 1.2.3'));
});

it('calibrate names the stages that do the same for models of other programs', async () => {
  const model = await take(linear('net'));
  const parameters = { method: 'svd-output' };
  await expect(
    bench.run('calibrate', { parameters, inputs: { model, data } }),
  ).rejects.toMatchObject({ advice: expect.stringContaining('"moments" and "fit"') });
});
