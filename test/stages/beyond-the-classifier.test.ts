/** The stage types that use data or held-out images, or combine models. */
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
import { network, TrainedNetwork, training } from './trained-network.ts';
import { digestsOf, type Folder, json } from './workbench.ts';

const bench = new TrainedNetwork();
let data: Folder;
let model: Folder;
let factors: Folder;
let activations: Folder;
let baseline: Folder;
beforeAll(async () => {
  ({ data, model, factors, activations, baseline } = await bench.begin());
});
afterAll(() => bench.remove());

const modelOf = (folder: Folder) =>
  json<{ description: ModelDescription; history: ModelHistory }>(folder, 'model.json');

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
    const compressed = await bench.decompose(asked);
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
    const row = await bench.rowOf(compressed);
    expect(row.compression.achieved).toBe(history.compression!.achieved);
    const baselines = json<EvaluationRow[]>(baseline, 'rows.json');
    const summary = summarise(studiesOf([...baselines, row], [])[0]!);
    expect(trueRate(summary.aggregates.at(-1)!)).toBe(history.compression!.achieved);
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
      const row = await bench.rowOf(
        await bench.decompose({ method, rate: 4 }, { statistics: statistics! }),
      );
      expect(row).toMatchObject({ method, rate: 4, seed: null });
      expect(row.layers[0]!.relativeError).toBeGreaterThan(row.layers[0]!.optimalError!);
      await expect(bench.decompose({ method, rate: 4 })).rejects.toThrow(
        'needs statistics of the data',
      );
      // More than the 16 directions in which outputs can vary after 16 channels.
      const wide = await bench.rowOf(
        await bench.decompose({ method, rank: 24 }, { statistics: statistics! }),
      );
      expect(wide.layers[0]!.rank).toBe(method === 'svd-output' ? 16 : 24);
    },
  );
});

it('factors and statistics of another model are refused', async () => {
  // The same layers with other weights.
  const tuned = await bench.finetune(model, { scope: 'classifier' });
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
  await expect(
    bench.decompose({ method, rate: 2 }, { statistics: statistics! }),
  ).rejects.toMatchObject({
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
    const tuned = await bench.finetune(
      await bench.decompose({ method: 'svd-published', rank: 8 }),
      {
        scope: 'all',
      },
    );
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
    const row = await bench.rowOf(swept!);
    const own = await bench.rowOf(await bench.decompose(parameters));
    const [whole] = json<EvaluationRow[]>(baseline, 'rows.json');
    expect([row.protocol, own.protocol]).toEqual(['published', 'posthoc']);
    // Only the hidden state makes a difference.
    expect(own.loss).toBeCloseTo(whole!.loss!, 4);
    expect(Math.abs(row.loss! - whole!.loss!)).toBeGreaterThan(1e-3);
  });

  it('fold: fewer weights, the same outputs', async () => {
    const folded = (await bench.run('fold', { inputs: { model } })).model!;
    const [row, [whole]] = [
      await bench.rowOf(folded),
      json<EvaluationRow[]>(baseline, 'rows.json'),
    ];
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
