/** Scores of ONNX models, compared with numbers that are computed here one after the other. */
import { afterAll, describe, expect, it } from 'vitest';
import type { ModelSamples } from '../../../src/datasets/model-samples.ts';
import { type Batch, runBatches } from '../../../src/nn/runtime/batches.ts';
import { ClassTally } from '../../../src/nn/runtime/class-tally.ts';
import type { OriginalOutputs } from '../../../src/nn/runtime/output-errors.ts';
import { type OnnxScoringOptions, scoreOnnx } from '../../../src/nn/runtime/score.ts';
import { openModelSession } from '../../../src/nn/runtime/session.ts';
import { noiseValues } from '../kernels/differentiate.ts';
import { hasOnnx, linear, modelFile, removeModels, threes } from './models.ts';

afterAll(removeModels);

async function score(path: string, samples: ModelSamples, options: OnnxScoringOptions = {}) {
  const session = openModelSession(path, { name: 'net.onnx' });
  try {
    return await scoreOnnx(session, samples, options);
  } finally {
    session.dispose();
  }
}

async function rowsOf(path: string, samples: ModelSamples): Promise<number[][]> {
  const session = openModelSession(path);
  const rows: number[][] = [];
  for await (const { outputs } of runBatches(session, samples, 1)) {
    rows.push([...outputs.get('y')!.values]);
  }
  session.dispose();
  return rows;
}

const skipped = hasOnnx ? '' : ' (ONNX Runtime is not installed)';

describe.skipIf(!hasOnnx)(`the score of an ONNX model${skipped}`, () => {
  const weights = noiseValues([3 * 8], 1);
  const labels = Array.from({ length: 50 }, (_, i) => (i * 3) % 8);
  const samples = threes(50, labels);

  it('has the accuracy, the top-5 accuracy and the loss of logits', async () => {
    const path = linear(weights);
    const rows = await rowsOf(path, samples);
    const ranks = rows.map((row, i) => row.filter((value) => value > row[labels[i]!]!).length);
    const losses = rows.map(
      (row, i) => Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0)) - row[labels[i]!]!,
    );
    const { classes, count, agreement, outputErrors } = await score(path, samples, {
      batchSize: 7,
    });
    expect(count).toBe(50);
    expect(classes).toMatchObject({
      output: 'y',
      scores: 'logits',
      accuracy: ranks.filter((rank) => rank === 0).length / 50,
      top5: ranks.filter((rank) => rank < 5).length / 50,
    });
    expect(classes!.loss).toBeCloseTo(losses.reduce((a, b) => a + b) / 50, 6);
    expect([...classes!.predictions]).toEqual(rows.map((row) => row.indexOf(Math.max(...row))));
    expect([agreement, outputErrors]).toEqual([null, {}]);
  });

  it('has the same loss if the model ends with a softmax', async () => {
    const [logits, probabilities] = [
      await score(linear(weights), samples),
      await score(linear(weights, { softmax: true }), samples),
    ];
    expect(probabilities.classes!.scores).toBe('probabilities');
    expect(probabilities.classes!.loss).toBeCloseTo(logits.classes!.loss!, 5);
    expect(probabilities.classes!.predictions).toEqual(logits.classes!.predictions);
  });

  it('without labels has the agreement and the relative errors of the outputs', async () => {
    const changed = weights.map((weight, i) => weight + (i % 5 === 0 ? 0.4 : 0));
    const unlabelled = threes(50);
    const [before, after] = [
      await rowsOf(linear(weights), unlabelled),
      await rowsOf(linear(changed), unlabelled),
    ];
    const original: OriginalOutputs = {
      read: (_, from, count) => before.slice(from, from + count).flat(),
    };
    const baseline = await score(linear(weights), unlabelled, { original });
    expect(baseline.classes).toMatchObject({ accuracy: null, top5: null, loss: null });
    expect(baseline.outputErrors).toEqual({ y: 0 });
    const expected = baseline.classes!.predictions;
    const compressed = await score(linear(changed), unlabelled, { original, expected });
    const same = [...compressed.classes!.predictions].filter((one, i) => one === expected[i]);
    expect(compressed.agreement).toBe(same.length / 50);
    expect(compressed.agreement).toBeLessThan(1);
    const norm = (values: readonly number[]) => Math.hypot(...values);
    const difference = after.flatMap((row, i) => row.map((value, j) => value - before[i]![j]!));
    expect(compressed.outputErrors.y).toBeCloseTo(norm(difference) / norm(before.flat()), 6);
  });

  it('compares the samples that were kept of the original, however the batches fall', async () => {
    const before = await rowsOf(linear(weights), samples);
    const kept: OriginalOutputs = {
      read: (_, from, count) =>
        before
          .slice(0, 10)
          .slice(from, from + count)
          .flat(),
    };
    for (const batchSize of [3, 10, 64]) {
      const { outputErrors } = await score(linear(weights), samples, { original: kept, batchSize });
      expect(outputErrors.y).toBeLessThan(1e-6);
    }
  });

  it('shows each batch, in order', async () => {
    const seen: Batch[] = [];
    await score(linear(weights), samples, { batchSize: 20, onBatch: (batch) => seen.push(batch) });
    expect(seen.map(({ from, count }) => [from, count])).toEqual([
      [0, 20],
      [20, 20],
      [40, 10],
    ]);
  });

  it('has no classes if no output has one row for each sample', async () => {
    const path = modelFile((graph) => {
      const x = graph.input('x', ['N', 3]);
      const tokens = graph.add('Expand', [
        graph.add('Unsqueeze', [x, graph.integers(1)]),
        graph.integers(1, 4, 1),
      ]);
      graph.output(graph.add('Identity', [tokens], {}, 'y'), ['N', 4, 3]);
    });
    expect((await score(path, threes(5))).classes).toBeNull();
    await expect(score(path, threes(5, [0, 1, 2, 0, 1]))).rejects.toMatchObject({
      name: 'ExpectedError',
      message:
        'net.onnx: the data has labels, but no output of the model has one row of class scores for each sample',
    });
    await expect(score(path, threes(5), { output: 'y' })).rejects.toThrow(
      'net.onnx: the output "y" is 5 x 4 x 3, not one row of class scores for each sample',
    );
    await expect(score(path, threes(5), { output: 'z' })).rejects.toThrow(
      'net.onnx: the output "z" is missing: the model has y',
    );
  });

  it('refuses labels and data sets that the model does not know', async () => {
    await expect(score(linear(weights), threes(3, [0, 8, 1]))).rejects.toThrow(
      'net.onnx: the model has 8 classes, but sample 1 has the label 8',
    );
    await expect(score(linear(weights), { ...samples, classes: 10 })).rejects.toMatchObject({
      message: 'net.onnx: the model has 8 classes, but the data has 10',
      advice: expect.stringContaining('set "labels: false"'),
    });
    await expect(score(linear(weights), samples, { expected: new Uint8Array(4) })).rejects.toThrow(
      'net.onnx: there are 50 samples, but the reference has 4',
    );
  });

  it('refuses scores and outputs that are not finite', async () => {
    const wrong = weights.map((weight, i) => (i === 3 ? Number.NaN : weight));
    await expect(score(linear(wrong), samples)).rejects.toThrow(
      'net.onnx: the class scores of sample 0 are not finite numbers',
    );
    const root = modelFile((graph) => {
      graph.output(graph.add('Sqrt', [graph.input('x', ['N', 3])], {}, 'y'), ['N', 3]);
      graph.output(graph.add('Identity', ['x'], {}, 'z'), ['N', 3]);
    });
    const original: OriginalOutputs = {
      read: (name, _, count) => (name === 'y' ? new Float32Array(3 * count) : undefined),
    };
    await expect(score(root, threes(4), { original, output: 'z' })).rejects.toThrow(
      /^net\.onnx: the output "y" of sample \d is not finite$/,
    );
  });
});

describe('class scores', () => {
  const tally = (rows: readonly (readonly number[])[], labels: readonly number[] | null = null) => {
    const one = new ClassTally(
      'it',
      rows.length,
      rows[0]!.length,
      labels && Uint8Array.from(labels),
    );
    for (const [i, row] of rows.entries()) one.add(row, i);
    return one.result();
  };

  it('give a tie to the lower class, also for the top-5 accuracy', () => {
    const row = [1, 1, 1, 1, 1, 1];
    expect([...tally([row]).predictions]).toEqual([0]);
    expect(tally([row], [4]).top5).toBe(1);
    expect(tally([row], [5]).top5).toBe(0);
  });

  it('are as narrow as the classes allow', () => {
    expect(tally([new Array(256).fill(0)]).predictions).toBeInstanceOf(Uint8Array);
    expect(tally([new Array(257).fill(0)]).predictions).toBeInstanceOf(Uint16Array);
  });

  it('are logits if only one row is not a distribution', () => {
    expect(
      tally([
        [0.5, 0.5],
        [0.1, 0.9],
      ]).scores,
    ).toBe('probabilities');
    expect(
      tally([
        [0.5, 0.5],
        [0.1, 0.8],
      ]).scores,
    ).toBe('logits');
    expect(tally([[1.5, -0.5]]).scores).toBe('logits');
  });

  it('have a finite loss for a class that is excluded', () => {
    const { loss } = tally([[0, Number.NEGATIVE_INFINITY]], [1]);
    expect(loss).toBeCloseTo(149 * Math.log(2));
    expect(tally([[1, 0]], [1]).loss).toBeCloseTo(149 * Math.log(2));
    expect(tally([[1, 2, 3]], [0]).top5).toBeNull();
  });
});
