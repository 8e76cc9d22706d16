/** Steps, trainings and sessions leave no memory behind. */
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { isExpectedError } from '../../../src/base/expected-error.ts';
import { startBackend } from '../../../src/nn/backends/start.ts';
import { onnxInference } from '../../../src/nn/fast/onnx/inference.ts';
import { openSession, tensor } from '../../../src/nn/fast/onnx/session.ts';
import { initializeModel } from '../../../src/nn/model/initialize.ts';
import { vgg11 } from '../../../src/nn/model/vgg.ts';
import { beginTraining } from '../../../src/nn/training/run.ts';
import { OnnxGraphBuilder } from '../../../src/onnx/graph-builder.ts';
import { bands } from '../bands.ts';
import { hasOnnx } from './onnx.ts';

/** A copy of the gradients in each step, or the arrays of each training, would be several times as much. */
const MOST_GROWTH = 48e6;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const widths = { input: [32, 32, 1], classes: 3, width: 1 / 16, hidden: 64, pool: 7 } as const;
const model = initializeModel(vgg11(widths), 5);
const samples = bands(64, 'train');
const plan = { epochs: 1000, batchSize: 16, learningRate: 1e-4, decay: 1, weightDecay: 1e-5 };
const begin = () => beginTraining(model, samples, { ...plan, seed: 1, scope: 'all' });

/** The memory after each of five groups of `count` calls. It settles in the first. */
function measured(what: string, count: number, call: () => void): readonly number[] {
  const sizes = Array.from({ length: 5 }, () => {
    for (let i = 0; i < count; i++) call();
    collectGarbage();
    const { rss, arrayBuffers } = process.memoryUsage();
    return { rss, arrayBuffers };
  });
  return (['rss', 'arrayBuffers'] as const).map((kind) => {
    const all = sizes.map((size) => size[kind]);
    const text = all.map((size) => (size / 1e6).toFixed(1)).join(', ');
    console.log(`${kind} after each ${count} ${what}: ${text} MB`);
    return Math.max(...all) - all[0]!;
  });
}

describe.skipIf(!hasOnnx)('on onnx (skipped if it is not installed)', () => {
  beforeAll(async () => void (await startBackend('onnx')));

  test('memory is flat over a thousand steps', () => {
    const run = begin();
    for (const growth of measured('steps', 200, run.advance)) {
      expect(growth).toBeLessThan(MOST_GROWTH);
    }
    run.dispose();
  });

  test('memory is flat over fifty trainings', () => {
    const train = () => {
      const run = begin();
      run.advance();
      run.dispose();
      run.dispose();
    };
    for (const growth of measured('trainings', 10, train)) {
      expect(growth).toBeLessThan(MOST_GROWTH);
    }
  });

  test('an open session does not keep the weights', async () => {
    const opened = () => {
      const layers = [{ kind: 'dense', name: 'a', in: 1024, out: 512, bias: false }] as const;
      const data = new Float32Array(1024 * 512);
      const inference = onnxInference(
        {
          ...{ layers, shape: [1024], batchSize: 8, samples: { ...samples, count: 1e6 } },
          weights: new Map([['a.weight', { shape: [512, 1024], data }]]),
        },
        () => {
          throw new Error('the graph computes everything');
        },
      )!;
      return { inference, data: new WeakRef(data) };
    };
    const { inference, data } = opened();
    await setImmediate();
    collectGarbage();
    expect(data.deref()).toBeUndefined();
    await inference.run(Uint32Array.of(0, 1));
    inference.dispose();
  });

  test('a session that gets no memory says so, with advice', () => {
    const graph = new OnnxGraphBuilder();
    const one = graph.input('one', [1]);
    // 2^50 bytes: more than a processor can address.
    const all = graph.add('Expand', [one, graph.integers(2 ** 24, 2 ** 24)]);
    const sum = graph.add('ReduceSum', [all], { keepdims: 0 });
    graph.output(sum, []);
    const session = openSession(graph.model('large'), { optimized: false });
    const run = () =>
      session.run(
        { one: tensor(Float32Array.of(1), [1]) },
        { [sum]: tensor(new Float32Array(1), []) },
      );
    let problem: unknown;
    try {
      run();
    } catch (thrown) {
      problem = thrown;
    }
    session.dispose();
    expect(isExpectedError(problem) && problem.advice, String(problem)).toContain('smaller batch');
  });
});
