/** `factorize`, and `decompose` with every method that needs no data: ranks, counts, errors and bytes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compressionMethods } from '../../src/linalg/methods/index.ts';
import { factoredParameters, rankForRate } from '../../src/linalg/rank.ts';
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import { ChainBench, descriptionOf, modelFiles, testImages } from './chain-bench.ts';
import { digestsOf, type Folder, filesIn, json } from './workbench.ts';

const bench = new ChainBench();
let model: Folder;
let factors: Folder;
let baseline: Folder;
beforeAll(async () => {
  ({ model, factors, baseline } = await bench.begin());
});
afterAll(() => bench.remove());

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
    expect(digestsOf((await bench.factorize()).factors)).toEqual(digestsOf(factors));
  });
});

describe.each(compressionMethods.filter((method) => !method.needsStatistics))(
  'decompose by $name',
  (method) => {
    const rate = 3;

    it('has the calculated ranks and counts', async () => {
      const compressed = await bench.decompose(method.name, rate);
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

      const tuned = await bench.finetune(compressed);
      const [after, before] = await bench.rowsOf(compressed, tuned);
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
      const first = digestsOf(await bench.decompose(method.name, rate));
      expect(digestsOf(await bench.decompose(method.name, rate))).toEqual(first);
      const other = digestsOf(await bench.decompose(method.name, rate, 1));
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
      const [row] = await bench.rowsOf(await bench.decompose(name, 1));
      expect(Math.abs(row!.accuracy! - whole!.accuracy!)).toBeLessThanOrEqual(2 / testImages);
      expect(row!.agreement).toBeGreaterThanOrEqual(1 - 3 / testImages);
    }
  });

  it('has a smaller error at a smaller rate', async () => {
    const errors = [];
    for (const rate of [1, 3, 9]) {
      const { layers } = descriptionOf(await bench.decompose('svd', rate)).history.compression!;
      errors.push(layers[0]!.relativeError!);
    }
    expect([...errors].sort((a, b) => a - b)).toEqual(errors);
  });
});
