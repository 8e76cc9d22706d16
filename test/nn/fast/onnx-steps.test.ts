/** A training step on ONNX Runtime computes what single operations compute on tfjs's cpu backend. */
import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../../src/nn/backends/start.ts';
import { onnxSteps } from '../../../src/nn/fast/onnx/steps.ts';
import { fillDropoutMask } from '../../../src/nn/training/dropout-masks.ts';
import { lossAndGradients } from '../../../src/nn/training/gradients.ts';
import { disposeLosses, lossIn } from '../../../src/nn/training/running-loss.ts';
import { singleSteps } from '../../../src/nn/training/single-steps.ts';
import type { Steps } from '../../../src/nn/training/steps.ts';
import { backends, expectClose } from '../kernels/differentiate.ts';
import { BATCH, batch, type Case, cases, SMALLER_BATCH } from './onnx-networks.ts';

const code = { lossAndGradients, fillDropoutMask };

/** Loss, gradients and statistics of one step. */
async function firstStep(steps: Steps, size: number): Promise<ReadonlyMap<string, Float32Array>> {
  const before = await steps.weights();
  const loss = steps.advance(batch(size), 0, 1e-3);
  // From zero, the first moments become a tenth of the gradients.
  const { firstMoments } = await steps.adam();
  const values: [string, Float32Array][] = [['loss', Float32Array.of(await lossIn(loss))]];
  [...before.keys()].forEach((name, index) => {
    values.push([`gradient of ${name}`, firstMoments[index]!]);
  });
  for (const [name, { data }] of await steps.statistics()) values.push([name, data]);
  disposeLosses([loss]);
  steps.dispose();
  return new Map(values);
}

describe.skipIf(!backends.includes('onnx'))('on onnx (skipped if it is not installed)', () => {
  beforeAll(async () => void (await startBackend('onnx')));

  const sizes = cases.flatMap((one) => [BATCH, SMALLER_BATCH].map((size) => ({ ...one, size })));
  test.each(sizes)('$title: $size samples', async ({ options, size }: Case & { size: number }) => {
    const actual = await firstStep(onnxSteps(options, code)!, size);
    await startBackend('cpu');
    const expected = await firstStep(singleSteps(options), size);
    expect([...actual.keys()]).toEqual([...expected.keys()]);
    for (const [name, values] of expected) {
      expect(Math.max(...values.map(Math.abs)), name).toBeGreaterThan(0);
      if (process.env.SHOW) {
        const sc = Math.max(...values.map(Math.abs));
        console.log(
          name,
          Math.max(...values.map((v, i) => Math.abs(v - actual.get(name)![i]!))) / sc,
        );
      } else expectClose(actual.get(name)!, values, 1e-5);
    }
  });
});
