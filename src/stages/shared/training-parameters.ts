/** The parameters that `train` and `finetune` share, their progress reports and their checkpoints. */
import { join } from 'node:path';
import * as v from 'valibot';
import type { TrainingHooks, TrainingProgress } from '../../nn/training/train.ts';
import type { StageContext } from '../../runner/index.ts';

const whole = v.pipe(v.number(), v.integer(), v.minValue(1));
const share = v.pipe(v.number(), v.minValue(0));

export const trainingParameters = {
  epochs: v.pipe(whole, v.description('Passes over the training images.')),
  batch: v.pipe(whole, v.description('Images per step.')),
  learningRate: v.pipe(share, v.description("Adam's step size in the first epoch.")),
  decay: v.optional(
    v.pipe(share, v.description('The factor that multiplies the learning rate after each epoch.')),
    0.5,
  ),
  weightDecay: v.optional(v.pipe(share, v.description('L2 penalty, added to the gradient.')), 0),
  seed: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.description('The seed of the initial weights, the order of the images and dropout.'),
    ),
    0,
  ),
  limit: v.optional(
    v.nullable(
      v.pipe(
        whole,
        v.description('Images per epoch: the first in the order of the epoch. The default is all.'),
      ),
    ),
    null,
  ),
};

/**
 * The time until the next checkpoint, given how long the last one took to write. Writing takes a few percent of the
 * time. The upper bound limits what an interruption costs: a single slow write, on a busy disk, must not postpone the
 * next checkpoint by an hour.
 */
export function checkpointInterval(lastSeconds: number): number {
  return Math.min(Math.max(15, 30 * lastSeconds), Math.max(300, 3 * lastSeconds));
}

export async function trainingHooks({
  checkpoints,
  signal,
  progress,
}: Pick<StageContext<unknown>, 'checkpoints' | 'signal' | 'progress'>): Promise<TrainingHooks> {
  const { readCheckpoint, writeCheckpoint } = await import('../../nn/training/checkpoint-file.ts');
  const file = join(checkpoints, 'training.safetensors');
  let lastSeconds = 0;
  return {
    now: () => performance.now(),
    signal,
    onProgress: (update) => progress(progressOf(update)),
    checkpoint: {
      get intervalSeconds() {
        return checkpointInterval(lastSeconds);
      },
      load: () => readCheckpoint(file),
      save: (state) => {
        const started = performance.now();
        writeCheckpoint(file, state);
        lastSeconds = (performance.now() - started) / 1000;
      },
    },
  };
}

function progressOf({
  epoch,
  epochs,
  step,
  steps,
  loss,
  samplesPerSecond,
  secondsLeft,
}: TrainingProgress) {
  const pass = epochs > 1 ? `epoch ${epoch}/${epochs}, ` : '';
  const message = `${pass}loss ${loss.toFixed(3)}, ${Math.round(samplesPerSecond)} images/s`;
  return { fraction: step / steps, message, secondsLeft };
}
