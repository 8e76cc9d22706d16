/**
 * The same bytes on any number of threads. ONNX Runtime does not promise it: how it splits products among threads can
 * change with its version.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../../src/nn/backends/start.ts';
import { product } from '../../../src/nn/fast/onnx/graph-product.ts';
import { openSession, tensor } from '../../../src/nn/fast/onnx/session.ts';
import { onnxSteps } from '../../../src/nn/fast/onnx/steps.ts';
import { initializeModel } from '../../../src/nn/model/initialize.ts';
import { vgg } from '../../../src/nn/model/vgg.ts';
import { fillDropoutMask } from '../../../src/nn/training/dropout-masks.ts';
import { lossAndGradients } from '../../../src/nn/training/gradients.ts';
import type { StepsOptions } from '../../../src/nn/training/steps.ts';
import { OnnxGraphBuilder } from '../../../src/onnx/graph-builder.ts';
import { noiseValues } from '../kernels/differentiate.ts';
import { BATCH, batch, optionsOf, SMALLER_BATCH } from './noisy-training.ts';
import { hasOnnx, threadCounts, useThreads } from './onnx.ts';
import { type Case, cases } from './onnx-networks.ts';

/** A batch of more rows than threads, and products large enough to be split. */
function largeCase(batchNorm: boolean): Case {
  const shape = [32, 32, 1] as const;
  const widths = { input: shape, classes: 5, width: 1 / 4, hidden: 200, pool: 7 };
  const options = { ...widths, architecture: 'vgg11', head: 'published', batchNorm } as const;
  const { description, weights } = initializeModel(vgg(options), 1);
  const layers = [...description.features, ...description.classifier];
  return {
    title: `a larger VGG${batchNorm ? ' with batch norms' : ''}`,
    options: optionsOf({ layers, shape, weights, weightDecay: 1e-4 }),
  };
}

/** Of everything that five steps leave, the fourth on a smaller batch. */
async function digest(options: StepsOptions): Promise<string> {
  const steps = onnxSteps(options, { lossAndGradients, fillDropoutMask });
  const hash = createHash('sha256');
  for (let step = 0; step < 5; step++) {
    const loss = steps.advance(batch(step === 3 ? SMALLER_BATCH : BATCH), step, 1e-3);
    hash.update(String(loss));
  }
  const { firstMoments, secondMoments } = await steps.adam();
  const weights = [...(await steps.weights()).values(), ...(await steps.statistics()).values()];
  for (const data of [...firstMoments, ...secondMoments]) hash.update(data);
  for (const { data } of weights) hash.update(data);
  steps.dispose();
  return hash.digest('hex');
}

describe.skipIf(!hasOnnx)('on onnx (skipped if it is not installed)', () => {
  beforeAll(async () => void (await startBackend('onnx')));
  afterAll(() => useThreads(1));

  test.each([...cases, largeCase(false), largeCase(true)])(
    '$title: five steps on 1, 2, 3, 4 and 8 threads leave the same bytes',
    async ({ options }) => {
      const digests: string[] = [];
      for (const threads of threadCounts) {
        useThreads(threads);
        digests.push(await digest(options));
      }
      expect(new Set(digests)).toEqual(new Set([digests[0]]));
    },
  );

  const sizes = [
    [8, 8, 4096],
    [3, 10, 8000],
    [5, 5, 20001],
    [300, 1, 20000],
    [1, 129, 9000],
    [301, 3, 2000],
    [64, 512, 512],
    [1000, 200, 700],
  ] as const;
  const forms = [false, true].flatMap((first) => [false, true].map((second) => [first, second]));

  test.each(sizes)('products of %i x %i with %i terms do too', (rows, columns, terms) => {
    const a = noiseValues([rows, terms], 1);
    const b = noiseValues([terms, columns], 2);
    for (const [first, second] of forms) {
      const shapes = {
        a: first ? [terms, rows] : [rows, terms],
        b: second ? [columns, terms] : [terms, columns],
      };
      const digests = threadCounts.map((threads) => {
        useThreads(threads);
        const graph = new OnnxGraphBuilder();
        const left = { value: graph.input('a', shapes.a), transposed: first! };
        const right = { value: graph.input('b', shapes.b), transposed: second! };
        const value = product(graph, left, right, { rows, columns });
        graph.output(value, [rows, columns]);
        const session = openSession(graph.model('product'), { optimized: false });
        const inputs = { a: tensor(a, shapes.a), b: tensor(b, shapes.b) };
        const result = new Float32Array(rows * columns);
        session.run(inputs, { [value]: tensor(result, [rows, columns]) });
        const digest = createHash('sha256').update(result).digest('hex');
        session.dispose();
        return digest;
      });
      expect(new Set(digests).size, JSON.stringify(shapes)).toBe(1);
    }
  });
});
