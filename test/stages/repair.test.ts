/** The stage type `repair`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  compressionOf,
  images,
  MomentsBench,
  network,
  type Stored,
  training,
} from './moments-bench.ts';
import { digestsOf, type Folder, json } from './workbench.ts';

const bench = new MomentsBench();
let data: Folder;
let model: Folder;
beforeAll(async () => {
  ({ data, model } = await bench.begin());
});
afterAll(() => bench.remove());

const repair = async (source: Folder, parameters: object = images) =>
  (await bench.run('repair', { parameters, inputs: { model: source, original: model, data } }))
    .model!;

describe('repair', () => {
  it.each([
    { method: 'svd', rank: 3 },
    { method: 'svd-balanced', rank: 3 },
    { method: 'cur-deim', rank: 4 },
    { method: 'cur-deim', rank: 4, form: 'cur-three' },
    { method: 'cur-published', rank: 4, seed: 2 },
  ])('of %o gives outputs that are nearer, with the same number of weights', async (asked) => {
    const compressed = await bench.decompose(asked);
    bench.log.length = 0;
    const repaired = await repair(compressed);
    const of = (folder: Folder) => json<Stored>(folder, 'model.json');
    expect(of(repaired).description).toEqual(of(compressed).description);
    const { method, label, layers } = compressionOf(repaired);
    expect(method).toBe(`${compressionOf(compressed).method} repaired`);
    expect(label).toBe(`${compressionOf(compressed).label}, repaired`);
    for (const { outputError, relativeError } of layers.slice(0, 3)) {
      expect(outputError!.calibration).toBeGreaterThan(0);
      expect(relativeError).toBeGreaterThan(0);
    }
    // As the log says: never further away than before.
    for (const line of bench.log) {
      const [now, held, before, heldBefore] = line.match(/[\d.e-]+(?=%)/g)!.map(Number);
      expect(now).toBeLessThanOrEqual(before! * 1.001);
      expect(held).toBeLessThanOrEqual(heldBefore! * 1.001);
    }
    expect(bench.log).toHaveLength(3);
    const [first, second] = [await bench.scoreOf(compressed), await bench.scoreOf(repaired)];
    expect(second.method).toBe(method);
    expect(second.parameters).toEqual(first.parameters);
    expect(digestsOf(await repair(compressed))).toEqual(digestsOf(repaired));
  });

  it('of a fitted model uses its inputs in the compressed network', async () => {
    bench.log.length = 0;
    await repair(await bench.fitted({ method: 'svd-output', rank: 2 }));
    expect(bench.log.join('\n')).toMatch(
      /classifier.4: its outputs differ by .*; before the repair/,
    );
  });

  it('of a model with whole layers only is that model', async () => {
    const compressed = await bench.decompose({ method: 'svd', rate: 1 });
    bench.log.length = 0;
    const repaired = await repair(compressed);
    expect(bench.log).toEqual(['compression left all layers whole, so none is repaired']);
    const [before, after] = [await bench.scoreOf(compressed), await bench.scoreOf(repaired)];
    expect(after.method).toBe('svd repaired');
    expect(after.accuracy).toBe(before.accuracy);
    expect(after.parameters).toEqual(before.parameters);
  });

  it('refuses a model without factors, and another original', async () => {
    await expect(repair(model)).rejects.toThrow('no factored dense layers that can be repaired');
    const interpolative = await bench.decompose({
      method: 'cur-deim',
      rank: 4,
      form: 'interpolative',
    });
    await expect(repair(interpolative)).rejects.toThrow('no factored dense layers');
    const compressed = await bench.decompose({ method: 'svd', rank: 3 });
    const parameters = { network: { ...network, layers: [40] }, ...training, epochs: 1 };
    const other = (await bench.run('train', { parameters, inputs: { data } })).model!;
    const inputs = { model: compressed, original: other, data };
    await expect(bench.run('repair', { parameters: images, inputs })).rejects.toThrow(
      'its input "original" has no dense layer classifier.0',
    );
  });
});
