/** An ONNX model of another program is scored, searched and fitted on data. Needs ONNX Runtime. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { multiply } from '../../src/linalg/multiply.ts';
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import { readMoments } from '../../src/stages/shared/moments/moment-files.ts';
import { subtract } from '../linalg/test-matrices.ts';
import { backends } from '../nn/kernels/differentiate.ts';
import { modelBytes } from '../onnx/small-models.ts';
import { energy, ForeignBench, historyOf, layersOf, network } from './foreign-network.ts';
import { artifactIn, type Folder, json } from './workbench.ts';

const bench = new ForeignBench();
let model: Folder;
let factors: Folder;
let data: Folder;
beforeAll(async () => {
  ({ model, factors, data } = await bench.begin());
});
afterAll(() => bench.remove());

const hasOnnx = backends.includes('onnx');
describe.skipIf(!hasOnnx)(
  `scores of an ONNX model${hasOnnx ? '' : ' (ONNX Runtime is not installed)'}`,
  () => {
    let baseline: Folder;
    const score = async (models: Folder) =>
      (await bench.run('evaluate', { inputs: { models, data, reference: baseline } })).scores!;
    const rowIn = (scores: Folder) => json<EvaluationRow[]>(scores, 'rows.json')[0]!;

    beforeAll(async () => {
      baseline = (await bench.run('evaluate', { inputs: { models: model, data } })).scores!;
    });

    it('of the original agree with themselves', () => {
      expect(rowIn(baseline)).toMatchObject({
        ...{ dataset: 'noise', model: 'net', method: 'baseline', protocol: 'baseline' },
        ...{ accuracy: null, loss: null, agreement: 1, count: 12 },
        parameters: { total: 477 },
      });
    });

    it.each(['channel', 'input', 'spatial'])(
      'of full rank differ by rounding only, by %s',
      async (scheme) => {
        const folder = await bench.decompose({ method: 'svd', rank: 1000, layers: ['*'], scheme });
        const { agreement, outputErrors } = rowIn(await score(folder));
        expect(agreement).toBe(1);
        expect(outputErrors!.y).toBeLessThan(1e-5);
      },
    );

    it('have no agreement if the model does not classify', async () => {
      const whole = await bench.take(modelBytes(network), 'net.onnx', { classes: false });
      const original = (await bench.run('evaluate', { inputs: { models: whole, data } })).scores!;
      const low = await bench.run('decompose', {
        parameters: { method: 'svd', rank: 1, layers: ['*'] },
        inputs: { model: whole, factors },
      });
      const { scores } = await bench.run('evaluate', {
        inputs: { models: low.model!, data, reference: original },
      });
      expect(rowIn(scores!)).toMatchObject({
        agreement: null,
        outputErrors: { y: expect.any(Number) },
      });
    });

    it('of a low rank show the error of the outputs', async () => {
      const row = rowIn(
        await score(await bench.decompose({ method: 'svd', rank: 1, layers: ['*'] })),
      );
      expect(row.outputErrors!.y).toBeGreaterThan(0.01);
      expect(row.compression.total).toBeCloseTo(477 / row.parameters.total);
    });
  },
);

describe.skipIf(!hasOnnx)(
  `the search for a rate${hasOnnx ? '' : ' (ONNX Runtime is not installed)'}`,
  () => {
    it.each([0, 0.2, 1])('keeps the agreement with the original, within %s', async (tolerance) => {
      const parameters = { method: 'cur-uniform', tolerance, rates: [1, 1.5, 2, 4], layers: ['*'] };
      const given = { model, factors, data };
      const found = (await bench.run('search', { parameters, inputs: given })).model!;
      const baseline = (await bench.run('evaluate', { inputs: { models: model, data } })).scores!;
      const { scores } = await bench.run('evaluate', {
        inputs: { models: found, data, reference: baseline },
      });
      const [row] = json<EvaluationRow[]>(scores!, 'rows.json');
      expect(row!.agreement).toBeGreaterThanOrEqual(1 - tolerance);
      expect(row!.allocation).toBe('accuracy');
      if (tolerance === 1) expect(row!.rate).toBe(4);
    });
  },
);

describe.skipIf(!hasOnnx)(
  `methods that use data${hasOnnx ? '' : ' (ONNX Runtime is not installed)'}`,
  () => {
    let moments: Folder;

    beforeAll(async () => {
      const parameters = { images: 9, heldOut: 3 };
      moments = (await bench.run('moments', { parameters, inputs: { model, data } })).moments!;
    });

    it('get the moments of the inputs of each layer, those of tied layers together', () => {
      const read = (name: string) => readMoments(artifactIn(moments), name, 'calibration', 8)!;
      expect(read('/head/Gemm').rows).toBe(9);
      expect(read('/hidden/MatMul').rows).toBe(2 * 9);
    });

    it('are never worse than the SVD on the calibration samples', async () => {
      const fitted = await bench.run('fit', {
        parameters: { method: 'svd-whitened', rank: 2 },
        inputs: { model, factors, moments },
      });
      const svd = await bench.decompose({ method: 'svd', rank: 2, layers: 'dense' });
      for (const row of historyOf(fitted.model!).history.compression!.layers) {
        const { sums } = readMoments(artifactIn(moments), row.name, 'calibration', 8)!;
        const errorOf = (folder: Folder) => {
          const stored = layersOf(folder);
          const product = multiply(
            stored.get(`${row.name}.left`)!,
            stored.get(`${row.name}.right`)!,
          );
          const whole = layersOf(model).get(row.name)!;
          return Math.sqrt(energy(subtract(product, whole), sums) / energy(whole, sums));
        };
        expect(row.outputError!.calibration).toBeCloseTo(errorOf(fitted.model!), 5);
        expect(errorOf(fitted.model!)).toBeLessThanOrEqual(errorOf(svd) * (1 + 1e-6));
        expect(row.outputError!.heldOut).toBeGreaterThan(0);
      }
    });
  },
);
