/**
 * Trains a network, or only its classifier on stored activations: cross-entropy, Adam, a learning rate that falls by a
 * factor per epoch, and a seeded order of the samples in each epoch.
 *
 * The result depends on the model, the samples, the plan and the backend. It does not depend on progress reports,
 * interruptions or the time: a run that continues from a checkpoint ends in the same bytes. Requires a started
 * backend.
 */
import { setImmediate } from 'node:timers/promises';
import type { Samples } from '../../datasets/samples.ts';
import { type NotFinite, notFiniteIn } from '../model/finite.ts';
import type { Network } from '../model/weights.ts';
import type { CheckpointStore } from './checkpoint.ts';
import type { TrainingCurve } from './curve.ts';
import type { EpochScores, ScoreEpoch } from './epoch-scores.ts';
import type { TrainingPlan } from './plan.ts';
import { beginTraining, type TrainingRun } from './run.ts';
import { epochLosses } from './step-losses.ts';

export interface TrainingProgress {
  readonly epoch: number;
  readonly epochs: number;
  /** Completed steps and all steps, over all epochs. */
  readonly step: number;
  readonly steps: number;
  /** The loss of the latest batch. */
  readonly loss: number;
  readonly samplesPerSecond: number;
  readonly secondsLeft: number;
}

export interface TrainingHooks {
  /** Milliseconds from any origin, monotonic. */
  now(): number;
  onProgress?(progress: TrainingProgress): void;
  /** Called when losses were read, and after an epoch was scored. */
  onCurve?(curve: TrainingCurve): void;
  /** Called after each epoch. It changes no weight. */
  readonly score?: ScoreEpoch;
  readonly checkpoint?: CheckpointStore;
  readonly signal?: AbortSignal;
}

export type TrainedResult =
  | { readonly outcome: 'trained'; readonly model: Network; readonly curve: TrainingCurve }
  /** The loss or a weight is not finite. Later steps can't fix that. */
  | Diverged
  /** The signal was aborted. A checkpoint of the last step is saved if there is a store. */
  | { readonly outcome: 'aborted'; readonly step: number };

export interface Diverged {
  readonly outcome: 'diverged';
  readonly epoch: number;
  /** It was noticed after this step. */
  readonly step: number;
  readonly steps: number;
  /** The loss, or the weight. */
  readonly loss?: number;
  readonly weight?: NotFinite;
}

const progressMilliseconds = 200;

export async function trainNetwork(
  model: Network,
  samples: Samples,
  plan: TrainingPlan,
  hooks: TrainingHooks,
): Promise<TrainedResult> {
  const { checkpoint, signal, now, score, onCurve } = hooks;
  const known = checkpoint?.load();
  const run = beginTraining(model, samples, plan, known);
  const { steps, stepsPerEpoch } = run;
  const scores: EpochScores[] = [...(known?.scores ?? [])];
  const curve = async (): Promise<TrainingCurve> => {
    return { steps, stepsPerEpoch, losses: await run.losses(), scores: score && scores };
  };
  const report = reporter(run, plan, hooks);
  let saved = now();
  const save = async () => {
    checkpoint?.save({ ...(await run.checkpoint()), scores });
    saved = now();
  };
  try {
    if (known) onCurve?.(await curve());
    for (;;) {
      const isScored = scores.length >= Math.floor(run.step() / stepsPerEpoch);
      if (score && !isScored) {
        const trained = await run.weights();
        const weight = notFiniteIn(trained);
        if (weight) return divergedAt(run, epochOf(run), { weight });
        const scored = await unlessAborted(score(withWeights(model, trained)), signal);
        if (scored === undefined) {
          // The next attempt scores the epoch first.
          await save();
          return { outcome: 'aborted', step: run.step() };
        }
        scores.push(scored);
        onCurve?.(await curve());
      }
      if (run.step() >= steps) break;
      run.advance();
      if (!(await report())) continue;
      onCurve?.(await curve());
      const loss = (await run.losses()).at(-1)!;
      if (!Number.isFinite(loss)) return divergedAt(run, epochOf(run), { loss });
      await setImmediate();
      const aborted = (signal?.aborted ?? false) && run.step() < steps;
      if (aborted || (checkpoint && now() - saved >= checkpoint.intervalSeconds * 1000)) {
        await save();
      }
      if (aborted) return { outcome: 'aborted', step: run.step() };
    }
    const whole = await curve();
    // Not every loss was checked, and the weights after the last step were not.
    const losses = epochLosses(whole.losses, stepsPerEpoch);
    const epoch = losses.findIndex((loss) => !Number.isFinite(loss));
    if (epoch >= 0) return divergedAt(run, epoch + 1, { loss: losses[epoch]! });
    const trained = await run.weights();
    const weight = notFiniteIn(trained);
    if (weight) return divergedAt(run, epochOf(run), { weight });
    return { outcome: 'trained', model: withWeights(model, trained), curve: whole };
  } finally {
    run.dispose();
  }
}

function withWeights(model: Network, trained: Network['weights']): Network {
  return { ...model, weights: new Map([...model.weights, ...trained]) };
}

/** Undefined if the work ended because of the signal. */
async function unlessAborted<T>(work: Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
  try {
    return await work;
  } catch (problem) {
    if (signal?.aborted && problem === signal.reason) return undefined;
    throw problem;
  }
}

function divergedAt(
  run: TrainingRun,
  epoch: number,
  what: Pick<Diverged, 'loss' | 'weight'>,
): Diverged {
  const step = Math.min(run.step(), epoch * run.stepsPerEpoch);
  return { outcome: 'diverged', epoch, step, steps: run.steps, ...what };
}

function epochOf(run: TrainingRun): number {
  return Math.ceil(run.step() / run.stepsPerEpoch);
}

/** Reports progress if it is time to, and returns whether it did. */
function reporter(run: TrainingRun, plan: TrainingPlan, { now, onProgress }: TrainingHooks) {
  const started = now();
  const startedAt = run.step();
  const samplesPerStep = run.samplesPerEpoch / run.stepsPerEpoch;
  let latest = Number.NEGATIVE_INFINITY;
  return async () => {
    const step = run.step();
    if (now() - latest < progressMilliseconds && step < run.steps) return false;
    // The backend may finish its computation only now.
    const loss = (await run.losses()).at(-1)!;
    const time = now();
    latest = time;
    const stepsPerSecond = (1000 * (step - startedAt)) / Math.max(time - started, 1e-3);
    onProgress?.({
      epoch: epochOf(run),
      epochs: plan.epochs,
      step,
      steps: run.steps,
      loss,
      samplesPerSecond: stepsPerSecond * samplesPerStep,
      secondsLeft: (run.steps - step) / stepsPerSecond,
    });
    return true;
  };
}
