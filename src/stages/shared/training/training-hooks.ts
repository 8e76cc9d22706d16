/** Progress reports, checkpoints and the live curve of a training. */
import { join } from 'node:path';
import type { Samples } from '../../../datasets/samples.ts';
import type { Model } from '../../../nn/model/weights.ts';
import { classifierBatch } from '../../../nn/scoring.ts';
import { readCheckpoint, writeCheckpoint } from '../../../nn/training/checkpoint-file.ts';
import { type TrainingCurve, trainingPoints } from '../../../nn/training/curve.ts';
import { epochScoring } from '../../../nn/training/epoch-scores.ts';
import { epochLosses } from '../../../nn/training/step-losses.ts';
import type { TrainingHooks, TrainingProgress } from '../../../nn/training/train.ts';
import type { StageContext } from '../../../runner/index.ts';
import { finitely } from '../models/finite-models.ts';

type Context = Pick<StageContext<unknown>, 'checkpoints' | 'signal' | 'progress' | 'point' | 'log'>;

/** What the network is scored on after each epoch. Nothing if no images are held out. */
export interface Scored {
  readonly model: Model;
  readonly train: Samples;
  readonly heldOut: Samples | null;
  /** The part of the network whose inputs the samples are. */
  readonly part: 'classifier' | 'all';
}

/**
 * The time until the next checkpoint, given how long the last one took to write. Writing takes a few percent of the
 * time. The upper bound limits what an interruption costs: a single slow write, on a busy disk, must not postpone the
 * next checkpoint by an hour.
 */
export function checkpointInterval(lastSeconds: number): number {
  return Math.min(Math.max(15, 30 * lastSeconds), Math.max(300, 3 * lastSeconds));
}

export function trainingHooks(
  { checkpoints, signal, progress, point, log }: Context,
  { model, train, heldOut, part }: Scored,
): TrainingHooks {
  const file = join(checkpoints, 'training.safetensors');
  let lastSeconds = 0;
  let isOld = false;
  let last = 0;
  const score =
    heldOut && heldOut.count > 0
      ? epochScoring({ train, heldOut, scope: part, batchSize: batchFor(part), signal })
      : undefined;
  return {
    now: () => performance.now(),
    signal,
    onProgress: (update) => progress(progressOf(update)),
    ...(score && { score: (network) => finitely(model, score(network)) }),
    onCurve: (curve) => {
      for (const one of trainingPoints(curve, last)) {
        point({ step: one.step, epoch: one.epoch, ...one.values });
        last = one.step;
        const isEnd = one.step % curve.stepsPerEpoch === 0;
        // The log of an earlier attempt has the epochs before the checkpoint.
        if (isEnd && !isOld) log(epochLine(one.step / curve.stepsPerEpoch, curve));
      }
      isOld = false;
    },
    checkpoint: {
      get intervalSeconds() {
        return checkpointInterval(lastSeconds);
      },
      load: () => {
        const state = readCheckpoint(file);
        isOld = state !== undefined;
        return state;
      },
      save: (state) => {
        const started = performance.now();
        writeCheckpoint(file, state);
        lastSeconds = (performance.now() - started) / 1000;
      },
    },
  };
}

function batchFor(part: Scored['part']): number {
  return part === 'classifier' ? classifierBatch() : 100;
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

function epochLine(epoch: number, { steps, stepsPerEpoch, losses, scores }: TrainingCurve): string {
  const loss = epochLosses(losses, stepsPerEpoch)[epoch - 1]!;
  const line = `epoch ${epoch}/${steps / stepsPerEpoch}: loss ${loss.toFixed(4)}`;
  const scored = scores?.[epoch - 1];
  if (!scored) return line;
  const { accuracy, validationLoss, validationAccuracy } = scored;
  return `${line}, accuracy ${percent(accuracy)}; held out: loss ${validationLoss.toFixed(4)}, accuracy ${percent(validationAccuracy)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)}%`;
}
