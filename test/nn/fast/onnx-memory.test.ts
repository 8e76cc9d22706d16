/**
 * Hundreds of steps hold what a few hold. The binding of ONNX Runtime returns a copy of the outputs, which the collector
 * of garbage has to take.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { startBackend } from '../../../src/nn/backends/start.ts';
import { initializeModel } from '../../../src/nn/model/initialize.ts';
import { vgg11 } from '../../../src/nn/model/vgg.ts';
import { beginTraining } from '../../../src/nn/training/run.ts';
import { bands } from '../bands.ts';
import { hasOnnx } from './onnx.ts';

const STEPS = 300;
/** Memory settles in the first steps. */
const SETTLED = 60;
/** Less than that of 30 copies. Buffers are freed beside this thread, so that a few can be left. */
const MOST_GROWTH = { resident: 24e6, buffers: 16e6 };

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe.skipIf(!hasOnnx)('on onnx (skipped if it is not installed)', () => {
  test('memory is flat over hundreds of steps', async () => {
    await startBackend('onnx');
    const widths = { input: [32, 32, 1], classes: 3, width: 1 / 8, hidden: 64, pool: 7 } as const;
    const plan = { epochs: 100, batchSize: 32, learningRate: 1e-4, decay: 1, weightDecay: 1e-5 };
    const run = beginTraining(initializeModel(vgg11(widths), 5), bands(256, 'train'), {
      ...{ ...plan, seed: 1, scope: 'all' },
    });
    const resident: number[] = [];
    const buffers: number[] = [];
    while (run.step() < STEPS) {
      run.advance();
      if (run.step() % SETTLED !== 0) continue;
      collectGarbage();
      const { rss, arrayBuffers } = process.memoryUsage();
      resident.push(rss);
      buffers.push(arrayBuffers);
    }
    run.dispose();
    const inMegabytes = (sizes: readonly number[]) => sizes.map((size) => (size / 1e6).toFixed(1));
    console.log(`resident: ${inMegabytes(resident).join(', ')} MB`);
    console.log(`array buffers: ${inMegabytes(buffers).join(', ')} MB`);
    const growth = (sizes: readonly number[]) => Math.max(...sizes) - sizes[0]!;
    expect(growth(resident)).toBeLessThan(MOST_GROWTH.resident);
    expect(growth(buffers)).toBeLessThan(MOST_GROWTH.buffers);
  });
});
