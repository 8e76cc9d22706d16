/** Every stage type after the download, one after the other, on a small real data set. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { curveIn, epochsOf } from '../../src/base/curve.ts';
import { compressionMethods } from '../../src/linalg/methods/index.ts';
import { factoredParameters, rankForRate } from '../../src/linalg/rank.ts';
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import type { ModelDescription } from '../../src/nn/model/description.ts';
import type { ModelHistory } from '../../src/nn/model/history.ts';
import { digestsOf, type Folder, filesIn, json, Workbench, writeDigits } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

const network = { width: 1 / 64, hidden: 32, pool: 7 };
const training = { epochs: 20, batch: 10, learningRate: 3e-3, decay: 0.95 };
const finetuning = { epochs: 2, batch: 20, learningRate: 1e-3, limit: 150 };
const modelFiles = ['classifier.safetensors', 'features.safetensors', 'model.json'];
const testImages = 50;

let data: Folder;
let model: Folder;
let curve: Folder;
let factors: Folder;
let activations: Folder;
let baseline: Folder;

beforeAll(async () => {
  data = writeDigits(bench.folder(), 200, testImages);
  ({ model, curve } = await train({ ...training }));
  ({ factors } = await factorize());
  ({ activations } = await featurize());
  ({ scores: baseline } = await evaluate({ models: [model], activations }));
});

async function train(parameters: object, more: object = {}) {
  const given = { parameters: { network, ...parameters }, inputs: { data }, ...more };
  return (await bench.run('train', given)) as { model: Folder; curve: Folder };
}

async function factorize() {
  return (await bench.run('factorize', { inputs: { model } })) as { factors: Folder };
}

async function featurize(parameters: object = {}) {
  const given = { parameters, inputs: { model, data } };
  return (await bench.run('featurize', given)) as { activations: Folder };
}

async function decompose(method: string, rate: number, seed = 0) {
  const given = { parameters: { method, rate, seed }, inputs: { model, factors } };
  return (await bench.run('decompose', given)).model!;
}

async function finetune(source: Folder, parameters: object = {}, more: object = {}) {
  const inputs = { model: source, data, activations };
  const given = { parameters: { ...finetuning, ...parameters }, inputs, ...more };
  return (await bench.run('finetune', given)).model!;
}

async function evaluate(inputs: Record<string, Folder | readonly Folder[]>) {
  return (await bench.run('evaluate', { inputs: { data, ...inputs } })) as { scores: Folder };
}

async function rowsOf(...models: readonly Folder[]): Promise<readonly EvaluationRow[]> {
  const { scores } = await evaluate({ models, activations, reference: baseline });
  return json(scores, 'rows.json');
}

function descriptionOf(folder: Folder) {
  return json<{ description: ModelDescription; history: ModelHistory }>(folder, 'model.json');
}

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
    const whole = await train(short);
    const again = await train(short);
    expect(digestsOf(again.model)).toEqual(digestsOf(whole.model));
    expect(digestsOf(again.curve)).toEqual(digestsOf(whole.curve));
    const checkpoints = bench.folder();
    const abort = new AbortController();
    const stopped = train(short, {
      checkpoints,
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    await expect(stopped).rejects.toThrow(/^stopped at step \d+$/);
    expect(filesIn(checkpoints)).toHaveLength(1);
    const fractions: number[] = [];
    const resumed = await train(short, {
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
    expect(digestsOf((await train({ ...short, seed: 1 })).model)).not.toEqual(
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
    expect(digestsOf((await featurize()).activations)).toEqual(digestsOf(activations));
  });

  it('stores fewer training images on request, and all test images', async () => {
    const { activations: some } = await featurize({ limit: 150 });
    expect(digestsOf(some)['test.safetensors']).toBe(digestsOf(activations)['test.safetensors']);
    expect(digestsOf(some)['train.safetensors']).not.toBe(
      digestsOf(activations)['train.safetensors'],
    );
    const { activations: more } = await featurize({ limit: 1000 });
    expect(digestsOf(more)).toEqual(digestsOf(activations));
  });
});

describe('factorize', () => {
  it('writes a file for each dense layer, the same bytes each time', async () => {
    const layers = ['classifier.0', 'classifier.3', 'classifier.6'];
    expect(filesIn(factors)).toEqual([
      'about.json',
      ...layers.map((layer) => `${layer}.safetensors`),
    ]);
    expect(json(factors, 'about.json')).toEqual({
      dataset: 'MNIST',
      title: descriptionOf(model).history.title,
      seed: 0,
    });
    expect(digestsOf((await factorize()).factors)).toEqual(digestsOf(factors));
  });
});

describe.each(compressionMethods.filter((method) => !method.needsStatistics))(
  'decompose by $name',
  (method) => {
    const rate = 3;

    it('has the calculated ranks and counts', async () => {
      const compressed = await decompose(method.name, rate);
      expect(filesIn(compressed)).toEqual(modelFiles);
      const { description, history } = descriptionOf(compressed);
      const dense = descriptionOf(model).description.classifier.filter(
        ({ kind }) => kind === 'dense',
      );
      const { original, compression } = history;
      const { layers } = compression!;
      expect(layers).toHaveLength(3);
      let expected = 0;
      for (const [i, layer] of dense.entries()) {
        if (layer.kind !== 'dense') continue;
        const { in: n, out: m, name } = layer;
        const row = layers[i]!;
        expect(row).toMatchObject({ name, rows: m, cols: n });
        const parts = description.classifier.filter(
          (one) => 'name' in one && (one.name === name || ('of' in one && one.of === name)),
        );
        if (i === 2 && method.lastLayer === 'keep') {
          expect(parts).toEqual([layer]);
          expect(row).toMatchObject({ rank: null, relativeError: null });
          expected += m * n + m;
        } else {
          const nominal = i === 2 ? Math.min(m, n) : rankForRate(m, n, rate, method.rounding);
          // Here, the number of selected columns is random.
          if (method.name !== 'cur-leverage') expect(row.rank).toBe(nominal);
          expect(parts).toMatchObject([
            { kind: 'dense', in: n, out: row.rank, bias: false },
            { kind: 'dense', in: row.rank, out: m, bias: true },
          ]);
          expect(row.parameters).toBe(factoredParameters(m, n, row.rank!) + m);
          expect(row.relativeError).toBeGreaterThanOrEqual(row.optimalError! * (1 - 1e-6));
          expected += row.parameters;
        }
      }
      expect(compression).toMatchObject({ rate, seed: method.random ? 0 : null });

      const tuned = await finetune(compressed);
      const [after, before] = await rowsOf(compressed, tuned);
      expect([before!.protocol, after!.protocol]).toEqual(['posthoc', 'finetuned']);
      for (const row of [before!, after!]) {
        expect(row).toMatchObject({ method: method.name, rate, count: testImages });
        expect(row.parameters.classifier).toBe(expected);
        expect(row.parameters.total).toBe(row.parameters.features + expected);
        expect(row.compression.classifier).toBeCloseTo(original.classifier / expected, 12);
        expect(row.compression.total).toBeCloseTo(original.total / row.parameters.total, 12);
        expect(row.agreement).toBeGreaterThanOrEqual(0);
      }
      expect(after!.loss).toBeLessThan(before!.loss!);
    });

    it('gives the same bytes again, and different bytes with another seed only if it is random', async () => {
      const first = digestsOf(await decompose(method.name, rate));
      expect(digestsOf(await decompose(method.name, rate))).toEqual(first);
      const other = digestsOf(await decompose(method.name, rate, 1));
      if (method.random) expect(other).not.toEqual(first);
      else expect(other).toEqual(first);
      expect(first['features.safetensors']).toBe(digestsOf(model)['features.safetensors']);
    });
  },
);

describe('decompose', () => {
  it('by SVD at a rate of 1 keeps the accuracy, within two images', async () => {
    const [whole] = json<EvaluationRow[]>(baseline, 'rows.json');
    for (const name of ['svd', 'svd-published']) {
      const [row] = await rowsOf(await decompose(name, 1));
      expect(Math.abs(row!.accuracy! - whole!.accuracy!)).toBeLessThanOrEqual(2 / testImages);
      expect(row!.agreement).toBeGreaterThanOrEqual(1 - 3 / testImages);
    }
  });

  it('has a smaller error at a smaller rate', async () => {
    const errors = [];
    for (const rate of [1, 3, 9]) {
      const { layers } = descriptionOf(await decompose('svd', rate)).history.compression!;
      errors.push(layers[0]!.relativeError!);
    }
    expect([...errors].sort((a, b) => a - b)).toEqual(errors);
  });
});

describe('finetune', () => {
  it('takes all images if there are fewer than its limit, but not if fewer are stored', async () => {
    const weights = ({ 'model.json': _history, ...files }: Record<string, string>) => files;
    const all = weights(digestsOf(await finetune(model, { limit: null })));
    expect(weights(digestsOf(await finetune(model, { limit: 1_000_000 })))).toEqual(all);
    const { activations: some } = await featurize({ limit: 150 });
    await expect(
      bench.run('finetune', {
        parameters: { ...finetuning, limit: 1_000_000 },
        inputs: { model, data, activations: some },
      }),
    ).rejects.toThrow('only 150 are stored');
  });

  it('trains the classifier alone, on stored activations or its own', async () => {
    const tuned = await finetune(model, { limit: null });
    expect(filesIn(tuned)).toEqual(modelFiles);
    const [before, after] = [digestsOf(model), digestsOf(tuned)];
    expect(after['features.safetensors']).toBe(before['features.safetensors']);
    expect(after['classifier.safetensors']).not.toBe(before['classifier.safetensors']);
    const parameters = { ...finetuning, limit: null };
    const own = await bench.run('finetune', { parameters, inputs: { model, data } });
    expect(digestsOf(own.model!)).toEqual(after);
    expect((await rowsOf(tuned))[0]).toMatchObject({ protocol: 'control', method: 'baseline' });
  });

  it('trains everything on request', async () => {
    const tuned = digestsOf(await finetune(model, { scope: 'all', epochs: 1 }));
    expect(tuned['features.safetensors']).not.toBe(digestsOf(model)['features.safetensors']);
  });

  it('gives the same bytes again, also if it is stopped and continued', async () => {
    const compressed = await decompose('svd', 5);
    const whole = digestsOf(await finetune(compressed));
    expect(digestsOf(await finetune(compressed))).toEqual(whole);
    const checkpoints = bench.folder();
    const abort = new AbortController();
    const stopped = finetune(
      compressed,
      {},
      { checkpoints, signal: abort.signal, onProgress: () => abort.abort() },
    );
    await expect(stopped).rejects.toThrow(/^stopped at step \d+$/);
    expect(digestsOf(await finetune(compressed, {}, { checkpoints }))).toEqual(whole);
  });
});

describe('evaluate', () => {
  it('writes a row and the predictions of each model, in any order', async () => {
    const compressed = await decompose('cur-lineartime', 3);
    const one = await evaluate({ models: [model, compressed], activations, reference: baseline });
    const two = await evaluate({ models: [compressed, model], activations, reference: baseline });
    expect(filesIn(one.scores)).toEqual([
      'labels.bin',
      'predictions-0.bin',
      'predictions-1.bin',
      'rows.json',
    ]);
    expect(digestsOf(two.scores)).toEqual(digestsOf(one.scores));
  });

  it('gives the same rows without stored activations, and with those of other convolutions', async () => {
    const models = [await decompose('svd', 3)];
    const kept = await evaluate({ models, activations, reference: baseline });
    const own = await evaluate({ models, reference: baseline });
    expect(digestsOf(own.scores)).toEqual(digestsOf(kept.scores));
    const { model: other } = await train({ ...training, epochs: 1, limit: 20, seed: 5 });
    const foreign = await bench.run('featurize', { inputs: { model: other, data } });
    const mixed = await evaluate({
      models,
      activations: foreign.activations!,
      reference: baseline,
    });
    expect(digestsOf(mixed.scores)).toEqual(digestsOf(kept.scores));
  });

  it('has no agreement without a model to compare with', async () => {
    const { scores } = await evaluate({ models: [await decompose('svd', 3)], activations });
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
    const models = [await decompose('svd', 3), await decompose('cur-published', 3)];
    const tuned = await Promise.all(models.map((one) => finetune(one)));
    const scores: Folder[] = [baseline];
    for (const [i, compressed] of models.entries()) {
      const inputs = { models: [compressed, tuned[i]!], activations, reference: baseline };
      scores.push((await evaluate(inputs)).scores);
    }
    const control = await finetune(model);
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
