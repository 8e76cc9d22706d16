/** `factorize` on a network with a layer that is large enough for the backend. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { relativeOptimum } from '../../src/linalg/errors.ts';
import { transpose } from '../../src/linalg/matrix.ts';
import { scaleRows } from '../../src/linalg/scale.ts';
import type { ModelHistory } from '../../src/nn/model/history.ts';
import { initializeModel } from '../../src/nn/model/initialize.ts';
import { writeModel } from '../../src/nn/model/model-files.ts';
import { vgg11 } from '../../src/nn/model/vgg.ts';
import { readFactors } from '../../src/stages/shared/compression/factor-files.ts';
import { weightOf } from '../../src/stages/shared/networks/dense-layers.ts';
import { frobenius, orthonormalityError, residual } from '../linalg/test-matrices.ts';
import { artifactIn, digestsOf, type Folder, json, Workbench } from './workbench.ts';

const bench = new Workbench();
const description = vgg11({ input: [32, 32, 1], classes: 4, width: 1 / 32, hidden: 520, pool: 7 });
const model = initializeModel(description, 1);
let folder: Folder;

beforeAll(async () => {
  folder = bench.folder();
  writeModel(folder, {
    ...model,
    history: {
      dataset: 'MNIST',
      title: 'VGG-11',
      training: { seed: 0 },
      original: { classifier: 1, total: 1 },
    },
  });
});
afterAll(() => bench.remove());

async function factorize(smallestRate: number): Promise<Folder> {
  const given = { parameters: { smallestRate }, inputs: { model: folder } };
  return (await bench.run('factorize', given)).factors!;
}

describe('factorize with a smallest rate', () => {
  it('stores what that rate needs, to the precision of the weights', async () => {
    const factors = artifactIn(await factorize(10));
    // 520 x 784 at rate 10 is rank 32 by rounding up.
    for (const [layer, stored] of [
      ['classifier.0', 32],
      ['classifier.3', 26],
    ] as const) {
      const { s, ut, vt, ...rest } = readFactors(factors, layer, stored);
      expect([s.length, ut(99).rows, rest.truncated]).toEqual([stored + 1, stored, true]);
      expect(rest.iterated).toBe(true);
      expect(orthonormalityError(vt(stored))).toBeLessThan(1e-5);
      const weight = weightOf(model, layer);
      const error = residual(weight, transpose(ut(20)), scaleRows(vt(20), s));
      const optimum = relativeOptimum({ s, squaredNorm: rest.squaredNorm }, 20);
      expect(error / frobenius(weight) / optimum).toBeCloseTo(1, 5);
    }
    const last = readFactors(factors, 'classifier.6', 4);
    expect([last.s.length, last.truncated, last.iterated]).toEqual([4, undefined, undefined]);
  });

  it('marks the least error of a layer as approximate if an iteration found it', async () => {
    const inputs = { model: folder, factors: await factorize(10) };
    for (const method of ['svd', 'cur-published']) {
      const parameters = { method, rate: 12 };
      const made = (await bench.run('decompose', { parameters, inputs })).model!;
      const { history } = json<{ history: ModelHistory }>(made, 'model.json');
      const marks = history.compression!.layers.map(({ approximate }) => approximate);
      expect(marks).toEqual([true, true, undefined]);
    }
  });

  it('reports the available rank if more is requested', async () => {
    const factors = artifactIn(await factorize(10));
    expect(() => readFactors(factors, 'classifier.3', 200)).toThrow(
      expect.objectContaining({
        name: 'StageError',
        message: 'the factors of classifier.3 were computed up to rank 27, but rank 200 is needed',
        advice: 'lower "smallestRate" of the factorize stage',
      }),
    );
    const given = { parameters: { method: 'svd', rate: 2 }, inputs: { model: folder } };
    const inputs = { ...given.inputs, factors: await factorize(10) };
    await expect(bench.run('decompose', { ...given, inputs })).rejects.toThrow('is needed');
  });

  it('writes the same bytes each time', async () => {
    expect(digestsOf(await factorize(20))).toEqual(digestsOf(await factorize(20)));
  });
});
