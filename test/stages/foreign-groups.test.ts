/** Convolutions with groups are factored group by group, and are one layer in everything that is reported. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { multiply } from '../../src/linalg/multiply.ts';
import { thinSvd } from '../../src/linalg/svd.ts';
import { constantLayers } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import { frobenius, subtract } from '../linalg/test-matrices.ts';
import { difference, outputsOf, runtime } from '../onnx/sessions.ts';
import { modelBytes, values } from '../onnx/small-models.ts';
import { GROUPS, grouped, historyOf, IN, network, OUT, schemes, size, WINDOW } from './grouped.ts';
import { type Folder, Workbench } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

let model: Folder;
let factors: Folder;
const decompose = async (parameters: object) =>
  (await bench.run('decompose', { parameters, inputs: { model, factors } })).model!;
const rowOf = (folder: Folder) =>
  historyOf(folder).history.compression!.layers.find(({ name }) => name === '/g')!;

beforeAll(async () => {
  model = await bench.takeModel({ 'net.onnx': modelBytes(network) });
  factors = (await bench.run('factorize', { parameters: { schemes }, inputs: { model } })).factors!;
});

/** The matrix of each group by the scheme `channel`. */
function matricesOf(data: Float32Array) {
  const cols = IN * WINDOW;
  return [0, 1, 2].map((group) => ({
    ...{ rows: OUT, cols },
    data: data.subarray(group * size, (group + 1) * size),
  }));
}

/** The products of the stored parts. */
function productsOf(folder: Folder) {
  const { layers } = constantLayers(openOnnx(join(folder, 'net.onnx')));
  const [right, left] = ['/g.right', '/g.left'].map(
    (name) => layers.find((layer) => layer.name === name)!,
  );
  expect([right!.groups, left!.groups]).toEqual([GROUPS, GROUPS]);
  const rank = left!.shape[1]!;
  const [r, l] = [right!.read(), left!.read()];
  return [0, 1, 2].map((group) =>
    multiply(
      { rows: OUT, cols: rank, data: l.slice(group * OUT * rank, (group + 1) * OUT * rank) },
      {
        ...{ rows: rank, cols: IN * WINDOW },
        data: r.slice(group * rank * IN * WINDOW, (group + 1) * rank * IN * WINDOW),
      },
    ),
  );
}

const norm = (values: readonly number[]) => Math.hypot(...values);

describe('a convolution with groups in an ONNX model', () => {
  it('is one layer, with a rank for each group and the error of all', async () => {
    const folder = await decompose({ method: 'svd', rank: 2, layers: ['/g'] });
    const row = rowOf(folder);
    const whole = matricesOf(grouped);
    const products = productsOf(folder);
    const error = norm(products.map((one, i) => frobenius(subtract(one, whole[i]!))));
    const total = norm(whole.map(frobenius));
    const lost = whole.flatMap((one) => [...thinSvd(one).s.slice(2)]);
    expect(row).toMatchObject({
      ...{ name: '/g', kind: 'convolution', rows: GROUPS * OUT, cols: IN * WINDOW, rank: 2 },
      parameters: GROUPS * 2 * (OUT + IN * WINDOW) + GROUPS * OUT,
    });
    expect(row.relativeError).toBeCloseTo(error / total, 6);
    expect(row.optimalError).toBeCloseTo(norm(lost) / total, 6);
    const { history, parameters } = historyOf(folder);
    const before = GROUPS * size;
    const after = GROUPS * 2 * (OUT + IN * WINDOW);
    expect(history.compression!.achieved).toBeCloseTo(before / after);
    const { initializers } = openOnnx(join(folder, 'net.onnx')).graph;
    expect(parameters).toBe(initializers.reduce((sum, { count }) => sum + count, 0));
  });

  it('has the rank of a rate, and is refused above the largest rate of one group', async () => {
    // One group is 4 x 45: rank 1 has 49 of 180 weights. The ranks of the SVD are rounded up.
    const rank = async (rate: number) =>
      rowOf(await decompose({ method: 'svd', rate, layers: ['/g'] })).rank;
    expect([await rank(1.9), await rank(1.8)]).toEqual([2, 3]);
    await expect(rank(4)).rejects.toThrow('even rank 1 has a rate of only 3.6');
  });

  it('gets one rank for all groups from a budget or the energy', async () => {
    const spectra = matricesOf(grouped).map((one) => [...thinSvd(one).s]);
    const total = spectra.flat().reduce((sum, value) => sum + value ** 2, 0);
    const kept = (rank: number) =>
      spectra.flatMap((s) => s.slice(0, rank)).reduce((sum, value) => sum + value ** 2, 0) / total;
    const common = { method: 'svd', layers: ['/g'] };
    expect(rowOf(await decompose({ ...common, energy: kept(2) - 1e-6 })).rank).toBe(2);
    expect(rowOf(await decompose({ ...common, energy: kept(2) + 1e-6 })).rank).toBe(3);
    const folder = await decompose({ ...common, rate: 1.8, allocation: 'budget' });
    const { rank, parameters } = rowOf(folder);
    expect(rank).toBe(2);
    expect(parameters - GROUPS * OUT).toBeLessThanOrEqual((GROUPS * size) / 1.8);
  });

  it.each(['cur-leverage', 'cur-deim', 'cur-adaptive'])(
    'has the error that is reported, by %s',
    async (method) => {
      const folder = await decompose({ method, rank: 3, layers: ['/g'], seed: 5 });
      const whole = matricesOf(grouped);
      const error = norm(productsOf(folder).map((one, i) => frobenius(subtract(one, whole[i]!))));
      const { relativeError, bound } = rowOf(folder);
      expect(relativeError).toBeCloseTo(error / norm(whole.map(frobenius)), 6);
      if (bound != null) expect(relativeError!).toBeLessThanOrEqual(bound * (1 + 1e-6));
    },
  );

  it('does not share its weight with a convolution of other groups', async () => {
    expect(bench.log.filter((line) => /^\/(whole|halves) stays/.test(line))).toHaveLength(2);
  });

  it.skipIf(!runtime).each(schemes)(
    'computes the same at full rank, by %s (needs ONNX Runtime)',
    async (scheme) => {
      const folder = await decompose({ method: 'svd', rank: 1000, layers: ['/g'], scheme });
      const feeds = { x: { shape: [2, 15, 7, 6], data: values(2 * 15 * 42, 11) } };
      const [before, after] = [
        await outputsOf(join(model, 'net.onnx'), feeds),
        await outputsOf(join(folder, 'net.onnx'), feeds),
      ];
      expect(difference(after.z!.data, before.z!.data)).toBeLessThan(1e-5);
    },
  );

  it.skipIf(!runtime)('computes the same with three factors (needs ONNX Runtime)', async () => {
    const folder = await decompose({
      ...{ method: 'cur-deim', rank: 1000, layers: ['/g'], form: 'cur-three', scheme: 'input' },
    });
    const feeds = { x: { shape: [2, 15, 7, 6], data: values(2 * 15 * 42, 12) } };
    const [before, after] = [
      await outputsOf(join(model, 'net.onnx'), feeds),
      await outputsOf(join(folder, 'net.onnx'), feeds),
    ];
    expect(difference(after.z!.data, before.z!.data)).toBeLessThan(1e-4);
  });
});
