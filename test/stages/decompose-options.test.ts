/** The options of `decompose`: convolutions, ranks, forms and cores. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import { TrainedNetwork } from './trained-network.ts';
import { digestsOf, type Folder, json } from './workbench.ts';

const bench = new TrainedNetwork();
let model: Folder;
let baseline: Folder;
beforeAll(async () => {
  ({ model, baseline } = await bench.begin());
});
afterAll(() => bench.remove());

describe('convolutions', () => {
  it.each(['channel', 'spatial', 'input', 'tucker'])('are made smaller by %s', async (scheme) => {
    const compressed = await bench.decompose({ method: 'svd', rate: 2, layers: 'all', scheme });
    const row = await bench.rowOf(compressed);
    const [whole] = json<EvaluationRow[]>(baseline, 'rows.json');
    expect(row.scheme).toBe(scheme);
    expect(row.parameters.features).toBeLessThan(0.6 * whole!.parameters.features);
    expect(row.macs!.features).toBeLessThan(whole!.macs!.features);
    expect(row.compression.total).toBeGreaterThan(1.6);
    const convolutions = row.layers.filter(({ kind }) => kind === 'convolution');
    expect(convolutions).toHaveLength(7);
    for (const { relativeError } of convolutions) expect(relativeError).toBeLessThan(1);
    const after = await bench.rowOf(await bench.finetune(compressed, { scope: 'all' }));
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
      const row = await bench.rowOf(await bench.decompose({ ...options, rate }));
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
      await expect(bench.decompose(asked)).rejects.toThrow(
        'no layer can have a rate of 1000000000',
      );
    },
  );

  it('are fine-tuned alone on request, together with the factored classifier', async () => {
    const compressed = await bench.decompose({ method: 'svd', rate: 3 });
    const tuned = await bench.finetune(compressed, { scope: 'factors' });
    expect(digestsOf(tuned)['features.safetensors']).toBe(digestsOf(model)['features.safetensors']);
    expect(digestsOf(tuned)['classifier.safetensors']).not.toBe(
      digestsOf(compressed)['classifier.safetensors'],
    );
    await expect(bench.finetune(model, { scope: 'factors' })).rejects.toThrow(
      'the model has no factors to train',
    );
  });
});

describe('ranks', () => {
  it('come from a shared budget, an energy, or a number', async () => {
    const shared = await bench.rowOf(
      await bench.decompose({ method: 'svd', rate: 8, allocation: 'budget' }),
    );
    expect(shared).toMatchObject({ rate: 8, allocation: 'budget' });
    const factored = shared.layers.slice(0, 2);
    const before = factored.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
    const after = factored.reduce((sum, { parameters, rows }) => sum + parameters - rows, 0);
    expect(after).toBeLessThanOrEqual(before / 8);
    const kept = await bench.rowOf(await bench.decompose({ method: 'svd', energy: 0.8 }));
    expect(kept.allocation).toBe('energy');
    for (const { rank, relativeError } of kept.layers) {
      if (rank !== null) expect(relativeError! ** 2).toBeLessThanOrEqual(0.2 + 1e-9);
    }
    const given = await bench.rowOf(await bench.decompose({ method: 'cur-deim', rank: 3 }));
    expect(given.layers.map(({ rank }) => rank)).toEqual([3, 3, null]);
  });

  it('fail with a message about factors that were not computed', async () => {
    const inputs = { model };
    const wide = { parameters: { smallestRate: 1 }, inputs };
    expect((await bench.run('factorize', wide)).factors).toBeDefined();
    await expect(
      bench.decompose({
        method: 'svd',
        rate: 2,
        layers: 'all',
        scheme: 'tucker',
        allocation: 'budget',
      }),
    ).rejects.toThrow('Tucker-2 has two ranks');
  });
});

describe('forms', () => {
  it.each(['rows', 'cur', 'cur-three', 'interpolative'])(
    '%s: stores the reported number of weights',
    async (form) => {
      const row = await bench.rowOf(await bench.decompose({ method: 'cur-qr', rate: 2, form }));
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

describe('options of a CUR', () => {
  const cur = { method: 'cur-deim', rate: 2, form: 'cur' };

  it('are part of its name, so that two are never treated as draws of one method', async () => {
    const row = await bench.rowOf(
      await bench.decompose({ ...cur, core: 'cross', oversampling: 2 }),
    );
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
    await expect(bench.decompose({ rate: 2, ...options })).rejects.toThrow(message);
  });
});
