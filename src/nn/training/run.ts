/**
 * The state of a training between two steps, and the step.
 *
 * Owns tensors until `dispose`. Each step replaces all of them, and leaves none behind.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Samples } from '../../datasets/samples.ts';
import { randomStream } from '../../linalg/random.ts';
import { batchesOf } from '../batch.ts';
import { fastSteps } from '../fast-forms.ts';
import { type Copies, copiedInputs, narrowed, widened } from '../model/copied-inputs.ts';
import type { Layer } from '../model/description.ts';
import { inferShapes } from '../model/shapes.ts';
import { type Network, partWeights, type Weights } from '../model/weights.ts';
import type { CheckpointState } from './checkpoint.ts';
import { fillDropoutMask } from './dropout-masks.ts';
import { lossAndGradients } from './gradients.ts';
import type { TrainingPlan } from './plan.ts';
import { singleSteps } from './single-steps.ts';
import { StepLosses } from './step-losses.ts';
import type { StepsOptions } from './steps.ts';
import { checkTrainable } from './trainable-layers.ts';
import { sampledPart, trainedParameters } from './trained-parameters.ts';

export interface TrainingRun {
  /** The number of steps over all epochs. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly samplesPerEpoch: number;
  /** The number of completed steps. */
  step(): number;
  /** Does one step. */
  advance(): void;
  /** The loss of each completed step. Waits for the computation. */
  losses(): Promise<Float32Array>;
  /** The current trained weights, statistics of batch norms included. */
  weights(): Promise<Weights>;
  /** Without scores. */
  checkpoint(): Promise<CheckpointState>;
  dispose(): void;
}

/** Throws if the plan leaves nothing to train, or has layers that can't be trained. */
export function beginTraining(
  model: Network,
  samples: Samples,
  plan: TrainingPlan,
  saved?: CheckpointState,
): TrainingRun {
  const whole = sampledPart(model.description, plan.scope) === 'all';
  const { features, classifier, input } = model.description;
  const layers: readonly Layer[] = whole ? [...features, ...classifier] : classifier;
  checkTrainable(layers);
  const shape = whole ? input : inferShapes(model.description).boundary;
  const batches = batchesOf(samples, shape);
  const perEpoch = Math.min(plan.limit ?? samples.count, samples.count);
  const stepsPerEpoch = Math.ceil(perEpoch / plan.batchSize);
  const order = epochOrder(samples.count, plan.seed);

  const initial = initialWeights(model, plan.scope, whole);
  const copies = copiedInputs(layers, shape);
  // Decay acts on each weight separately, so the sum does not determine the weights.
  const [summed, folded] = plan.weightDecay === 0 ? [copies, none] : [none, copies];
  const lastOfEpoch = perEpoch - (stepsPerEpoch - 1) * plan.batchSize;
  const options: StepsOptions = {
    ...{ layers, batches, seed: plan.seed, weightDecay: plan.weightDecay },
    ...{ copies: taken(folded, initial.trained), multipliers: summed },
    batchSizes: [...new Set([Math.min(plan.batchSize, perEpoch), lastOfEpoch])],
    trained: saved?.weights ?? narrowed(initial.trained, summed),
    statistics: saved?.statistics ?? initial.statistics,
    fixed: narrowed(initial.fixed, copies),
    adam: saved?.adam,
  };
  const form = fastSteps[tf.getBackend()] ?? singleSteps;
  const steps = form(options, { lossAndGradients, fillDropoutMask });
  const losses = new StepLosses(saved?.losses);
  let step = saved?.step ?? 0;

  const advance = () => {
    const epoch = Math.floor(step / stepsPerEpoch);
    const start = (step % stepsPerEpoch) * plan.batchSize;
    const end = Math.min(start + plan.batchSize, perEpoch);
    const indices = order(epoch).subarray(start, end);
    losses.add(steps.advance(indices, step, plan.learningRate * plan.decay ** epoch));
    step++;
  };

  return {
    steps: plan.epochs * stepsPerEpoch,
    stepsPerEpoch,
    samplesPerEpoch: perEpoch,
    step: () => step,
    advance,
    losses: () => losses.read(),
    weights: async () => {
      const trained = widened(await steps.weights(), initial.trained, summed);
      return new Map([...trained, ...(await steps.statistics())]);
    },
    checkpoint: async () => ({
      step,
      weights: await steps.weights(),
      statistics: await steps.statistics(),
      adam: await steps.adam(),
      losses: await losses.read(),
    }),
    dispose: () => {
      steps.dispose();
      losses.dispose();
    },
  };
}

const none: Copies = new Map();

/** The entries whose weight is in `weights`. */
function taken(copies: Copies, weights: Weights): Copies {
  return new Map([...copies].filter(([name]) => weights.has(name)));
}

interface InitialWeights {
  readonly trained: Weights;
  /** The statistics of trained batch norms. */
  readonly statistics: Weights;
  readonly fixed: Weights;
}

function initialWeights(
  model: Network,
  scope: TrainingPlan['scope'],
  whole: boolean,
): InitialWeights {
  const trained = trainedParameters(model.description, scope);
  if (trained.length === 0) throw new Error('the plan leaves nothing to train');
  const classifier = partWeights(model, 'classifier');
  const fixed = whole ? new Map([...partWeights(model, 'features'), ...classifier]) : classifier;
  const taken = (buffers: boolean) =>
    new Map(
      trained
        .filter(({ buffer = false }) => buffer === buffers)
        .map(({ name }) => [name, fixed.get(name)!]),
    );
  const [weights, statistics] = [taken(false), taken(true)];
  return {
    trained: weights,
    statistics,
    fixed: new Map([...fixed].filter(([name]) => !weights.has(name) && !statistics.has(name))),
  };
}

/** The order of the samples in an epoch. Only the latest is kept. */
function epochOrder(count: number, seed: number): (epoch: number) => Uint32Array {
  let kept = -1;
  let order: Uint32Array = new Uint32Array(0);
  return (epoch) => {
    if (epoch !== kept) {
      order = randomStream(seed, 'order of samples', `epoch ${epoch}`).permutation(count);
      kept = epoch;
    }
    return order;
  };
}
