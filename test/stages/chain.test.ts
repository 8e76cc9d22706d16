/** The chain of stages: what each one writes, the same bytes each time. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { curveIn, epochsOf } from '../../src/base/curve.ts';
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import {
  ChainBench,
  descriptionOf,
  finetuning,
  modelFiles,
  network,
  testImages,
  training,
} from './chain-bench.ts';
import { digestsOf, type Folder, filesIn, json } from './workbench.ts';

const bench = new ChainBench();
let data: Folder;
let model: Folder;
let curve: Folder;
let factors: Folder;
let activations: Folder;
let baseline: Folder;
beforeAll(async () => {
  ({ data, model, curve, factors, activations, baseline } = await bench.begin());
});
afterAll(() => bench.remove());

describe('train', () => {
  it('writes a model that classifies the images, and its curve', () => {
    expect(filesIn(model)).toEqual(modelFiles);
    expect(filesIn(curve)).toEqual(['curve.jsonl', 'history.json']);
    const epochs = epochsOf(curveIn(readFileSync(join(curve, 'curve.jsonl'), 'utf8')));
    const losses = epochs.map(({ values }) => values.loss!);
    expect(losses).toHaveLength(training.epochs);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
    expect(bench.log.filter((line) => /^epoch \d+\/\d+: loss \d/.test(line))).toHaveLength(
      training.epochs,
    );
    const { history } = descriptionOf(model);
    expect(history).toMatchObject({
      dataset: 'MNIST',
      training: { ...training, network, seed: 0, backend: 'wasm 4.22.0' },
    });
    const [row] = json<EvaluationRow[]>(baseline, 'rows.json');
    expect(row).toMatchObject({
      protocol: 'baseline',
      trainingSeed: 0,
      count: testImages,
      agreement: 1,
    });
    expect(row!.accuracy).toBeGreaterThan(0.7);
  });

  it('gives the same bytes again, also if it is stopped and continued', async () => {
    const short = { ...training, epochs: 2, limit: 100 };
    const whole = await bench.train(short);
    const again = await bench.train(short);
    expect(digestsOf(again.model)).toEqual(digestsOf(whole.model));
    expect(digestsOf(again.curve)).toEqual(digestsOf(whole.curve));
    const checkpoints = bench.folder();
    const abort = new AbortController();
    const stopped = bench.train(short, {
      checkpoints,
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    await expect(stopped).rejects.toThrow(/^stopped at step \d+$/);
    expect(filesIn(checkpoints)).toHaveLength(1);
    const fractions: number[] = [];
    const resumed = await bench.train(short, {
      checkpoints,
      onProgress: ({ fraction }: { fraction: number }) => fractions.push(fraction),
    });
    expect(fractions[0]).toBeGreaterThan(1 / 20);
    // The points before the checkpoint are reported again, so the last attempt has the whole curve.
    const known = curveIn(readFileSync(join(whole.curve, 'curve.jsonl'), 'utf8'));
    expect(bench.points.slice(-known.length)).toEqual(
      known.map(({ step, epoch, values }) => ({ step, epoch, ...values })),
    );
    expect(digestsOf(resumed.model)).toEqual(digestsOf(whole.model));
    expect(digestsOf(resumed.curve)).toEqual(digestsOf(whole.curve));
    expect(digestsOf((await bench.train({ ...short, seed: 1 })).model)).not.toEqual(
      digestsOf(whole.model),
    );
  });
});

describe('featurize', () => {
  it('stores the activations of both splits, the same bytes each time', async () => {
    expect(filesIn(activations)).toEqual([
      'activations.json',
      'test.safetensors',
      'train.safetensors',
      'validation.safetensors',
    ]);
    expect(digestsOf((await bench.featurize()).activations)).toEqual(digestsOf(activations));
  });

  it('stores fewer training images on request, and all test images', async () => {
    const { activations: some } = await bench.featurize({ limit: 150 });
    expect(digestsOf(some)['test.safetensors']).toBe(digestsOf(activations)['test.safetensors']);
    expect(digestsOf(some)['train.safetensors']).not.toBe(
      digestsOf(activations)['train.safetensors'],
    );
    const { activations: more } = await bench.featurize({ limit: 1000 });
    expect(digestsOf(more)).toEqual(digestsOf(activations));
  });
});

describe('finetune', () => {
  it('takes all images if there are fewer than its limit, but not if fewer are stored', async () => {
    const weights = ({ 'model.json': _history, ...files }: Record<string, string>) => files;
    const all = weights(digestsOf(await bench.finetune(model, { limit: null })));
    expect(weights(digestsOf(await bench.finetune(model, { limit: 1_000_000 })))).toEqual(all);
    const { activations: some } = await bench.featurize({ limit: 150 });
    await expect(
      bench.run('finetune', {
        parameters: { ...finetuning, limit: 1_000_000 },
        inputs: { model, data, activations: some },
      }),
    ).rejects.toThrow('only 150 are stored');
  });

  it('trains the classifier alone, on stored activations or its own', async () => {
    const tuned = await bench.finetune(model, { limit: null });
    expect(filesIn(tuned)).toEqual(modelFiles);
    const [before, after] = [digestsOf(model), digestsOf(tuned)];
    expect(after['features.safetensors']).toBe(before['features.safetensors']);
    expect(after['classifier.safetensors']).not.toBe(before['classifier.safetensors']);
    const parameters = { ...finetuning, limit: null };
    const own = await bench.run('finetune', { parameters, inputs: { model, data } });
    expect(digestsOf(own.model!)).toEqual(after);
    expect((await bench.rowsOf(tuned))[0]).toMatchObject({
      protocol: 'control',
      method: 'baseline',
    });
  });

  it('trains everything on request', async () => {
    const tuned = digestsOf(await bench.finetune(model, { scope: 'all', epochs: 1 }));
    expect(tuned['features.safetensors']).not.toBe(digestsOf(model)['features.safetensors']);
  });

  it('gives the same bytes again, also if it is stopped and continued', async () => {
    const compressed = await bench.decompose('svd', 5);
    const whole = digestsOf(await bench.finetune(compressed));
    expect(digestsOf(await bench.finetune(compressed))).toEqual(whole);
    const checkpoints = bench.folder();
    const abort = new AbortController();
    const stopped = bench.finetune(
      compressed,
      {},
      { checkpoints, signal: abort.signal, onProgress: () => abort.abort() },
    );
    await expect(stopped).rejects.toThrow(/^stopped at step \d+$/);
    expect(digestsOf(await bench.finetune(compressed, {}, { checkpoints }))).toEqual(whole);
  });
});

describe('evaluate', () => {
  it('writes a row and the predictions of each model, in any order', async () => {
    const compressed = await bench.decompose('cur-lineartime', 3);
    const one = await bench.evaluate({
      models: [model, compressed],
      activations,
      reference: baseline,
    });
    const two = await bench.evaluate({
      models: [compressed, model],
      activations,
      reference: baseline,
    });
    expect(filesIn(one.scores)).toEqual([
      'labels.bin',
      'predictions-0.bin',
      'predictions-1.bin',
      'rows.json',
    ]);
    expect(digestsOf(two.scores)).toEqual(digestsOf(one.scores));
  });

  it('gives the same rows without stored activations, and with those of other convolutions', async () => {
    const models = [await bench.decompose('svd', 3)];
    const kept = await bench.evaluate({ models, activations, reference: baseline });
    const own = await bench.evaluate({ models, reference: baseline });
    expect(digestsOf(own.scores)).toEqual(digestsOf(kept.scores));
    const { model: other } = await bench.train({ ...training, epochs: 1, limit: 20, seed: 5 });
    const foreign = await bench.run('featurize', { inputs: { model: other, data } });
    const mixed = await bench.evaluate({
      models,
      activations: foreign.activations!,
      reference: baseline,
    });
    expect(digestsOf(mixed.scores)).toEqual(digestsOf(kept.scores));
  });

  it('has no agreement without a model to compare with', async () => {
    const { scores } = await bench.evaluate({
      models: [await bench.decompose('svd', 3)],
      activations,
    });
    expect(json<EvaluationRow[]>(scores, 'rows.json')[0]).toMatchObject({ agreement: null });
  });

  it.each(['featurize', 'evaluate'])('stops on its signal: %s', async (name) => {
    const ports = name === 'evaluate' ? { models: [model] } : { model };
    const stopped = bench.run(name, {
      inputs: { data, ...ports },
      signal: AbortSignal.abort(new Error('stop')),
    });
    await expect(stopped).rejects.toThrow('stop');
  });
});

describe('report', () => {
  it('writes a page with figures and tables, with the same bytes for any order of the inputs', async () => {
    const models = [await bench.decompose('svd', 3), await bench.decompose('cur-published', 3)];
    const tuned = await Promise.all(models.map((one) => bench.finetune(one)));
    const scores: Folder[] = [baseline];
    for (const [i, compressed] of models.entries()) {
      const inputs = { models: [compressed, tuned[i]!], activations, reference: baseline };
      scores.push((await bench.evaluate(inputs)).scores);
    }
    const control = await bench.finetune(model);
    const report = async (reversed: boolean) => {
      const turn = (folders: Folder[]) => (reversed ? folders.reverse() : folders);
      const inputs = { scores: turn([...scores]), factors, models: turn([model, control]) };
      const parameters = { title: 'A small study' };
      return (await bench.run('report', { parameters, inputs })).report!;
    };
    const first = await report(false);
    const files = filesIn(first);
    expect(files).toContain('index.html');
    expect(files).toContain('figures/accuracy-mnist.svg');
    expect(files).toContain('figures/accuracy-mnist.png');
    expect(files.filter((file) => /^tables\/.*\.(csv|md)$/.test(file)).length).toBeGreaterThan(4);
    expect(digestsOf(await report(true))).toEqual(digestsOf(first));
  });
});
