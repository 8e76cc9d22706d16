/** The stage types that use data, held-out images or convolutions, or combine models. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import {
  type ModelDescription,
  type ParameterShape,
  parameterShapes,
  sizeOf,
} from '../../src/nn/model/description.ts';
import type { ModelHistory } from '../../src/nn/model/history.ts';
import { trueRate } from '../../src/report/best-rate.ts';
import { studiesOf } from '../../src/report/study.ts';
import { summarise } from '../../src/report/summary.ts';
import { digestsOf, type Folder, json, Workbench, writeDigits } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

const network = { width: 1 / 32, hidden: 32, pool: 7 };
const training = { epochs: 12, batch: 10, learningRate: 3e-3, decay: 0.95, validation: 40 };
const tuning = { epochs: 1, batch: 20, learningRate: 1e-3 };

let data: Folder;
let model: Folder;
let factors: Folder;
let activations: Folder;
let baseline: Folder;

beforeAll(async () => {
  data = writeDigits(bench.folder(), 240, 60);
  ({ model } = (await bench.run('train', {
    parameters: { network, ...training },
    inputs: { data },
  })) as { model: Folder });
  const schemes = ['channel', 'spatial', 'input'];
  factors = (await bench.run('factorize', { parameters: { schemes }, inputs: { model } })).factors!;
  activations = (await bench.run('featurize', { inputs: { model, data } })).activations!;
  baseline = (await bench.run('evaluate', { inputs: { models: [model], data } })).scores!;
});

const decompose = async (parameters: object, more: Record<string, Folder> = {}) =>
  (await bench.run('decompose', { parameters, inputs: { model, factors, ...more } })).model!;

const finetune = async (source: Folder, parameters: object) =>
  (
    await bench.run('finetune', {
      parameters: { ...tuning, ...parameters },
      inputs: { model: source, data, activations },
    })
  ).model!;

async function rowOf(source: Folder): Promise<EvaluationRow> {
  const inputs = { models: [source], data, activations, reference: baseline };
  const { scores } = await bench.run('evaluate', { inputs });
  return json<EvaluationRow[]>(scores!, 'rows.json')[0]!;
}

const modelOf = (folder: Folder) =>
  json<{ description: ModelDescription; history: ModelHistory }>(folder, 'model.json');

describe('convolutions', () => {
  it.each(['channel', 'spatial', 'input', 'tucker'])('are made smaller by %s', async (scheme) => {
    const compressed = await decompose({ method: 'svd', rate: 2, layers: 'all', scheme });
    const row = await rowOf(compressed);
    const [whole] = json<EvaluationRow[]>(baseline, 'rows.json');
    expect(row.scheme).toBe(scheme);
    expect(row.parameters.features).toBeLessThan(0.6 * whole!.parameters.features);
    expect(row.macs!.features).toBeLessThan(whole!.macs!.features);
    expect(row.compression.total).toBeGreaterThan(1.6);
    const convolutions = row.layers.filter(({ kind }) => kind === 'convolution');
    expect(convolutions).toHaveLength(7);
    for (const { relativeError } of convolutions) expect(relativeError).toBeLessThan(1);
    const after = await rowOf(await finetune(compressed, { scope: 'all' }));
    expect(after.tuned).toBe('all');
    expect(after.loss).toBeLessThan(row.loss!);
  });

  it.each([1.05, 1.5, 2])(
    'never grow with the interpolative form at a rate of %d',
    async (rate) => {
      const options = {
        method: 'cur-deim',
        layers: 'all',
        scheme: 'channel',
        form: 'interpolative',
      };
      const row = await rowOf(await decompose({ ...options, rate }));
      const [whole] = json<EvaluationRow[]>(baseline, 'rows.json');
      expect(row.parameters.features).toBeLessThanOrEqual(whole!.parameters.features);
      for (const { kind, rank, rows, cols, parameters } of row.layers) {
        if (rank === null || kind !== 'convolution') continue;
        expect(parameters - rows).toBe(rank * (rows + cols));
        expect(parameters - rows).toBeLessThan(rows * cols);
      }
    },
  );

  it.each(['channel', 'tucker'])(
    'refuse a rate that no convolution can have with %s',
    async (scheme) => {
      const asked = { method: 'svd', layers: 'all', scheme, rate: 1e9 };
      await expect(decompose(asked)).rejects.toThrow('no layer can have a rate of 1000000000');
    },
  );

  it('are fine-tuned alone on request, together with the factored classifier', async () => {
    const compressed = await decompose({ method: 'svd', rate: 3 });
    const tuned = await finetune(compressed, { scope: 'factors' });
    expect(digestsOf(tuned)['features.safetensors']).toBe(digestsOf(model)['features.safetensors']);
    expect(digestsOf(tuned)['classifier.safetensors']).not.toBe(
      digestsOf(compressed)['classifier.safetensors'],
    );
    await expect(finetune(model, { scope: 'factors' })).rejects.toThrow(
      'the model has no factors to train',
    );
  });
});

describe('ranks', () => {
  it('come from a shared budget, an energy, or a number', async () => {
    const shared = await rowOf(await decompose({ method: 'svd', rate: 8, allocation: 'budget' }));
    expect(shared).toMatchObject({ rate: 8, allocation: 'budget' });
    const factored = shared.layers.slice(0, 2);
    const before = factored.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
    const after = factored.reduce((sum, { parameters, rows }) => sum + parameters - rows, 0);
    expect(after).toBeLessThanOrEqual(before / 8);
    const kept = await rowOf(await decompose({ method: 'svd', energy: 0.8 }));
    expect(kept.allocation).toBe('energy');
    for (const { rank, relativeError } of kept.layers) {
      if (rank !== null) expect(relativeError! ** 2).toBeLessThanOrEqual(0.2 + 1e-9);
    }
    const given = await rowOf(await decompose({ method: 'cur-deim', rank: 3 }));
    expect(given.layers.map(({ rank }) => rank)).toEqual([3, 3, null]);
  });

  it('fail with a message about factors that were not computed', async () => {
    const inputs = { model };
    const wide = { parameters: { smallestRate: 1 }, inputs };
    expect((await bench.run('factorize', wide)).factors).toBeDefined();
    await expect(
      decompose({ method: 'svd', rate: 2, layers: 'all', scheme: 'tucker', allocation: 'budget' }),
    ).rejects.toThrow('Tucker-2 has two ranks');
  });
});

describe('forms', () => {
  it.each(['rows', 'cur', 'cur-three', 'interpolative'])(
    '%s: stores the reported number of weights',
    async (form) => {
      const row = await rowOf(await decompose({ method: 'cur-qr', rate: 2, form }));
      const counted = row.layers.reduce((sum, { parameters }) => sum + parameters, 0);
      expect(row.parameters.classifier).toBe(counted);
      expect(row.method).toBe(`cur-qr ${form}`);
      const { rows: m, cols: n, rank: k, parameters } = row.layers[0]!;
      const weights = {
        rows: k! * (m + n),
        cur: k! * (m + n),
        'cur-three': k! * (m + n + k!),
        interpolative: k! * (m + n - k!),
      };
      expect(parameters).toBe(weights[form as keyof typeof weights] + m);
      const whole = (m * n) / 2;
      expect(parameters - m).toBeLessThanOrEqual(1.2 * whole);
    },
  );
});

describe('the true rate', () => {
  const weightsOf = (layers: readonly ParameterShape[]) =>
    layers
      .filter(({ name }) => !name.endsWith('.bias'))
      .reduce((sum, { shape }) => sum + sizeOf(shape), 0);

  it.each([
    { method: 'svd', rate: 8 },
    { method: 'svd', rate: 8, allocation: 'budget' },
    { method: 'svd', energy: 0.8 },
    { method: 'cur-deim', rank: 3 },
    { method: 'cur-deim', rate: 2, form: 'interpolative' },
    { method: 'cur-deim', rate: 2, form: 'cur-three' },
    { method: 'svd', rate: 3, layers: 'all', scheme: 'channel' },
    { method: 'svd', rate: 3, layers: 'all', scheme: 'tucker' },
  ])('is the same number in the model, its scores and the report: %o', async (asked) => {
    const compressed = await decompose(asked);
    const { description, history } = modelOf(compressed);
    const layers = [...description.features, ...description.classifier];
    const factors = layers.filter((layer) => 'of' in layer && layer.of !== undefined);
    const names = new Set(factors.map((layer) => (layer as { readonly of?: string }).of));
    const { features, classifier } = modelOf(model).description;
    const before = [...features, ...classifier].filter(
      (layer) => 'name' in layer && names.has(layer.name),
    );
    // The layers that share a budget count, also those that stay whole. The last layer has no share.
    const dense = classifier.filter((layer) => layer.kind === 'dense').slice(0, -1);
    const shared = 'allocation' in asked ? dense.filter(({ name }) => !names.has(name)) : [];
    const whole = weightsOf(parameterShapes(shared));
    const expected =
      (weightsOf(parameterShapes(before)) + whole) / (weightsOf(parameterShapes(factors)) + whole);
    expect(names.size).toBeGreaterThan(0);
    expect(history.compression!.achieved).toBeCloseTo(expected, 12);
    const row = await rowOf(compressed);
    expect(row.compression.achieved).toBe(history.compression!.achieved);
    const baselines = json<EvaluationRow[]>(baseline, 'rows.json');
    const summary = summarise(studiesOf([...baselines, row], [])[0]!);
    expect(trueRate(summary.aggregates.at(-1)!)).toBe(history.compression!.achieved);
  });
});

describe('options of a CUR', () => {
  const cur = { method: 'cur-deim', rate: 2, form: 'cur' };

  it('are part of its name, so that two are never treated as draws of one method', async () => {
    const row = await rowOf(await decompose({ ...cur, core: 'cross', oversampling: 2 }));
    expect(row.method).toBe('cur-deim cur cross rows x2');
    expect(row.label).toBe('CUR, DEIM (cur, cross, rows x2)');
  });

  it.each([
    [{ method: 'cur-deim', core: 'cross' }, 'no "core"'],
    [{ method: 'cur-lineartime', core: 'cross' }, 'no "core"'],
    [{ method: 'svd', core: 'best' }, 'no "core"'],
    [{ method: 'cur-deim', oversampling: 2 }, '"oversampling" is for the form "cur"'],
    [{ ...cur, form: 'cur-three', oversampling: 2 }, '"oversampling" is for the form "cur"'],
    [{ method: 'svd', form: 'rows' }, 'does not support this "form"'],
    [{ method: 'svd', rank: 3 }, 'give one of'],
  ])('are refused if they would do nothing: %o', async (options, message) => {
    await expect(decompose({ rate: 2, ...options })).rejects.toThrow(message);
  });
});

describe('calibrate', () => {
  it.each(['svd-output', 'svd-activation', 'cur-activation'])(
    'has the data for %s',
    async (method) => {
      const given = { parameters: { method, images: 100 }, inputs: { model, data, activations } };
      const { statistics } = await bench.run('calibrate', given);
      expect(digestsOf((await bench.run('calibrate', given)).statistics!)).toEqual(
        digestsOf(statistics!),
      );
      const row = await rowOf(await decompose({ method, rate: 4 }, { statistics: statistics! }));
      expect(row).toMatchObject({ method, rate: 4, seed: null });
      expect(row.layers[0]!.relativeError).toBeGreaterThan(row.layers[0]!.optimalError!);
      await expect(decompose({ method, rate: 4 })).rejects.toThrow('needs statistics of the data');
      // More than the 16 directions in which outputs can vary after 16 channels.
      const wide = await rowOf(await decompose({ method, rank: 24 }, { statistics: statistics! }));
      expect(wide.layers[0]!.rank).toBe(method === 'svd-output' ? 16 : 24);
    },
  );
});

it('factors and statistics of another model are refused', async () => {
  // The same layers with other weights.
  const tuned = await finetune(model, { scope: 'classifier' });
  await expect(
    bench.run('decompose', {
      parameters: { method: 'svd', rate: 2 },
      inputs: { model: tuned, factors },
    }),
  ).rejects.toThrow(
    'its input "factors" belongs to another model, whose layer classifier.0 has other weights',
  );
  const method = 'svd-output';
  const given = { parameters: { method, images: 50 }, inputs: { data, activations } };
  const { statistics } = await bench.run('calibrate', {
    ...given,
    inputs: { ...given.inputs, model: tuned },
  });
  await expect(decompose({ method, rate: 2 }, { statistics: statistics! })).rejects.toMatchObject({
    name: 'StageError',
    message:
      'its input "statistics" belongs to another model, whose layer classifier.0 has other weights',
    advice: 'use the statistics that were computed from its input "model"',
  });
});

describe('search', () => {
  const find = (source: Folder, tolerance: number) =>
    bench.run('search', {
      parameters: { method: 'svd', tolerance },
      inputs: { model: source, factors, data, activations },
    });

  it('finds the largest rate within the tolerance on held-out images', async () => {
    const strict = modelOf((await find(model, 0.02)).model!).history.compression!;
    const loose = modelOf((await find(model, 0.5)).model!).history.compression!;
    expect(strict.allocation).toBe('accuracy');
    expect(loose.rate).toBeGreaterThanOrEqual(strict.rate);
    expect(loose.rate).toBeGreaterThan(1);
  });

  it('refuses if no images are held out', async () => {
    const { model: other } = await bench.run('train', {
      parameters: { network, ...training, validation: 0, epochs: 1, limit: 10 },
      inputs: { data },
    });
    await expect(find(other!, 0.1)).rejects.toThrow('there are no validation images');
  });
});

describe('combined models', () => {
  it('graft: convolutions of one under the classifier of another, reported as the published protocol', async () => {
    const tuned = await finetune(await decompose({ method: 'svd-published', rank: 8 }), {
      scope: 'all',
    });
    const { model: moved } = await bench.run('graft', {
      inputs: { features: tuned, classifier: model },
    });
    const parts = digestsOf(moved!);
    expect(parts['features.safetensors']).toBe(digestsOf(tuned)['features.safetensors']);
    expect(parts['classifier.safetensors']).toBe(digestsOf(model)['classifier.safetensors']);
    // All ranks, so that nothing is lost.
    const parameters = { method: 'svd-published', rank: 1000 };
    const { model: swept } = await bench.run('decompose', {
      parameters,
      inputs: { model: moved!, factors },
    });
    const row = await rowOf(swept!);
    const own = await rowOf(await decompose(parameters));
    const [whole] = json<EvaluationRow[]>(baseline, 'rows.json');
    expect([row.protocol, own.protocol]).toEqual(['published', 'posthoc']);
    // Only the hidden state makes a difference.
    expect(own.loss).toBeCloseTo(whole!.loss!, 4);
    expect(Math.abs(row.loss! - whole!.loss!)).toBeGreaterThan(1e-3);
  });

  it('fold: fewer weights, the same outputs', async () => {
    const folded = (await bench.run('fold', { inputs: { model } })).model!;
    const [row, [whole]] = [await rowOf(folded), json<EvaluationRow[]>(baseline, 'rows.json')];
    expect(row.loss).toBeCloseTo(whole!.loss!, 5);
    expect(row.agreement).toBe(1);
    expect(row.layers[0]!.cols * 49).toBe(784);
    expect(row.compression.achieved).toBe(49);
    expect(row.parameters.classifier).toBeLessThan(0.2 * whole!.parameters.classifier);
    await expect(bench.run('fold', { inputs: { model: folded } })).rejects.toThrow(
      'does not begin with',
    );
  });
});
