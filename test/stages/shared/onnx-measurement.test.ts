/** An ONNX model and a compressed one, from a data set to the rows of a report. */
import { zipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { openModelSession } from '../../../src/nn/runtime/session.ts';
import { studiesOf } from '../../../src/report/study.ts';
import { defaultImageInput } from '../../../src/stages/shared/image-input.ts';
import { type Compared, measureOnnx } from '../../../src/stages/shared/onnx-measurement.ts';
import { onnxData } from '../../../src/stages/shared/onnx-samples.ts';
import { reportInput } from '../../../src/stages/shared/report-input.ts';
import { writeScores } from '../../../src/stages/shared/scores.ts';
import { npy, twoClasses, writeFiles } from '../../datasets/picture.ts';
import { noiseValues } from '../../nn/kernels/differentiate.ts';
import { hasOnnx, linear, modelFile, removeModels } from '../../nn/runtime/models.ts';
import { fakeRows } from '../../report/fake-results.ts';
import { artifactIn, type Folder, filesIn, Workbench } from '../workbench.ts';

const bench = new Workbench();
afterAll(() => {
  bench.remove();
  removeModels();
});

const context = {
  signal: new AbortController().signal,
  progress: () => undefined,
  log: (said: unknown) => bench.log.push(String(said)),
};

async function measure(path: string, data: Folder, compared: Compared) {
  const session = openModelSession(path, { name: 'net.onnx' });
  const { samples, title } = onnxData(artifactIn(data), session, defaultImageInput, 'test');
  const result = await measureOnnx(context, session, samples, compared);
  session.dispose();
  return { ...result, title, labels: samples.labels };
}

async function arrays(labels: Readonly<Record<string, Uint8Array>> = {}): Promise<Folder> {
  const x = npy('<f4', [40, 3], new Uint8Array(noiseValues([120], 5).buffer));
  const given = writeFiles(bench.folder(), { 'data.npz': zipSync({ 'x.npy': x, ...labels }) });
  const inputs = { arrays: given };
  return (await bench.run('arrays', { parameters: { title: 'Numbers' }, inputs })).data!;
}

const weights = noiseValues([3 * 300], 1);
const changed = weights.map((weight, i) => weight + (i % 3 === 0 ? 0.5 : 0));
const template = fakeRows('Numbers', { rates: [2] }).find(({ rate }) => rate === 2);

describe.skipIf(!hasOnnx)(
  `the measurement of ONNX models${hasOnnx ? '' : ' (ONNX Runtime is not installed)'}`,
  () => {
    it('without labels compares a compressed model with the original', async () => {
      const data = await arrays();
      const scores = [bench.folder(), bench.folder()] as const;
      const before = await measure(linear(weights), data, { isOriginal: true, keepIn: scores[0] });
      expect(before.measured).toEqual({
        ...{ accuracy: null, top5: null, loss: null, agreement: 1, count: 40 },
        outputs: [{ name: 'y', relativeError: 0 }],
      });
      expect(bench.log.at(-1)).toBe('net.onnx: the output "y" scores the classes, as logits');
      const baseline = {
        ...template!,
        protocol: 'baseline' as const,
        rate: null,
        ...before.measured,
      };
      writeScores(scores[0], [{ ...before, row: baseline }], before.labels, before.original);
      expect(filesIn(scores[0])).toEqual([
        'original.bin',
        'output-0.bin',
        'outputs.json',
        'predictions-0.bin',
        'rows.json',
      ]);
      const reference = artifactIn(scores[0]);
      const after = await measure(linear(changed), data, { isOriginal: false, reference });
      const { agreement, outputs } = after.measured;
      expect(agreement).toBeLessThan(1);
      expect(outputs![0]!.relativeError).toBeGreaterThan(0.1);
      const row = { ...template!, protocol: 'posthoc' as const, ...after.measured };
      writeScores(scores[1], [{ ...after, row }], after.labels, after.original);
      const parts = scores.map(artifactIn);
      const input = reportInput('A study', { inputs: (port) => (port === 'scores' ? parts : []) });
      const [study] = studiesOf(input.rows, [], input.outcomes);
      expect(study!.measure).toBe('agreement');
      const outcome = study!.outcomes.get(study!.rows.find(({ rate }) => rate === 2)!)!;
      expect(outcome.reduce((sum, one) => sum + one, 0) / 40).toBe(agreement);
    });

    it('with labels has an accuracy, also without a reference', async () => {
      const labels = npy(
        '<i8',
        [40],
        new Uint8Array(BigInt64Array.from({ length: 40 }, (_, i) => BigInt(i)).buffer),
      );
      const data = await arrays({ 'labels.npy': labels });
      const alone = { isOriginal: false, reference: undefined } as const;
      const { measured, original } = await measure(linear(weights), data, alone);
      expect(measured.accuracy).toBeGreaterThanOrEqual(0);
      expect(measured.loss).toBeGreaterThan(0);
      expect(measured).toMatchObject({ agreement: null, outputs: [] });
      expect(original).toBeNull();
    });

    it('says what is missing if there is nothing to compare with', async () => {
      const data = await arrays();
      await expect(
        measure(linear(weights), data, { isOriginal: false, reference: undefined }),
      ).rejects.toMatchObject({
        message:
          "net.onnx can't be measured: the data has no labels, and there are no outputs of the original",
        advice: 'give the scores of the original as the input "reference", or use data with labels',
      });
    });

    it('takes images for a model with one input', async () => {
      const images = writeFiles(bench.folder(), twoClasses(2));
      const { data } = await bench.run('images', {
        parameters: { title: 'Pets' },
        inputs: { images },
      });
      const path = modelFile((graph) => {
        const x = graph.add('Flatten', [graph.input('x', ['N', 3, 5, 6])]);
        const w = graph.constant([90, 2], noiseValues([180], 2));
        graph.output(graph.add('MatMul', [x, w], {}, 'y'), ['N', 2]);
      });
      const { measured, title } = await measure(path, data!, {
        isOriginal: true,
        keepIn: bench.folder(),
      });
      expect(title).toBe('Pets');
      expect(measured.count).toBe(2);
      expect([0, 0.5, 1]).toContain(measured.accuracy);
      const two = modelFile((graph) => {
        const sum = graph.add(
          'Add',
          [graph.input('a', ['N', 2]), graph.input('b', ['N', 2])],
          {},
          'y',
        );
        graph.output(sum, ['N', 2]);
      });
      await expect(
        measure(two, data!, { isOriginal: true, keepIn: bench.folder() }),
      ).rejects.toThrow('net.onnx has 2 inputs (a, b), but images are for one');
    });

    it('names the similarity of a model without classes', async () => {
      const path = modelFile((graph) => {
        const x = graph.add('Unsqueeze', [graph.input('x', ['N', 3]), graph.integers(1)]);
        graph.output(graph.add('Concat', [x, x], { axis: 1 }, 'y'), ['N', 2, 3]);
      });
      const { measured, predictions } = await measure(path, await arrays(), {
        isOriginal: true,
        keepIn: bench.folder(),
      });
      expect(predictions).toBeNull();
      expect(measured).toMatchObject({
        agreement: null,
        outputs: [{ name: 'y', relativeError: 0 }],
      });
    });
  },
);
