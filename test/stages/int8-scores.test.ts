import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import { rowKey } from '../../src/report/measurement.ts';
import { studiesOf } from '../../src/report/study.ts';
import { summarise } from '../../src/report/summary.ts';
import { readOutcomes, readRows } from '../../src/stages/shared/scoring/scores.ts';
import { backends } from '../nn/kernels/differentiate.ts';
import { decaying, factorsOf, takeNetwork, WHOLE } from './int8-rig.ts';
import { artifactIn, type Folder, json, Workbench } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

const hasOnnx = backends.includes('onnx');
describe.skipIf(!hasOnnx)(
  `scores of a model in 8 bits${hasOnnx ? '' : ' (ONNX Runtime is not installed)'}`,
  () => {
    let model: Folder;
    let factors: Folder;
    let data: Folder;
    let reference: Folder;
    const decompose = async (asked: object) => {
      const parameters = { layers: ['*'], ...asked };
      return (await bench.run('decompose', { parameters, inputs: { model, factors } })).model!;
    };
    const score = async (models: Folder | readonly Folder[], more = {}) =>
      (await bench.run('evaluate', { inputs: { models, data, ...more } })).scores!;
    beforeAll(async () => {
      model = await takeNetwork(bench);
      factors = await factorsOf(bench, model);
      data = await bench.takeSamples('noise', { shape: [64, 6, 5, 4], data: decaying(64, 120) });
      reference = await score(model);
    });

    it('have the outputs of the stored weights, and their bytes', async () => {
      const rowOf = async (folder: Folder) =>
        json<EvaluationRow[]>(await score(folder, { reference }), 'rows.json')[0]!;
      const whole = json<EvaluationRow[]>(reference, 'rows.json')[0]!;
      const int8 = await rowOf(await decompose({ method: 'int8' }));
      expect(int8).toMatchObject({ method: 'int8', family: 'int8' });
      expect(whole.bytes! - int8.bytes!).toBeGreaterThan(0.6 * WHOLE);
      expect(int8.outputErrors!.y).toBeGreaterThan(1e-4);
      expect(int8.outputErrors!.y).toBeLessThan(0.02);
    });

    it('are compared with those of int8 alone at equal bytes', async () => {
      const models: Folder[] = [model];
      for (const rate of [1.2, 1.6, 2.2, 3]) {
        const asked = { allocation: 'budget', budget: 'bytes', rate };
        models.push(await decompose({ method: 'int8', ...asked }));
        models.push(await decompose({ method: 'svd', quantize: 'int8', ...asked }));
      }
      const scores = artifactIn(await score(models, { reference }));
      const rows = readRows(scores);
      expect(rows).toHaveLength(9);
      const outcomes = new Map(
        readOutcomes(scores, rows).map((outcome, i) => [rowKey(rows[i]!), outcome!] as const),
      );
      const { inBytes } = summarise(studiesOf(rows, [], outcomes)[0]!);
      expect(inBytes.map(({ label, reference: of }) => [label, of])).toEqual([
        ['SVD (int8, bytes) · channel', 'int8'],
      ]);
      const [{ points, test, beyond }] = inBytes as [(typeof inBytes)[number]];
      expect(test).not.toBeNull();
      expect(points.length + beyond.length).toBe(4);
      expect(points.length).toBeGreaterThan(1);
    });
  },
);
