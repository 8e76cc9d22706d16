/**
 * The state of a training between two steps, and the step.
 *
 * Holds tensors from its making to `dispose`; each step replaces all of them, and leaves none behind.
 * Losses stay on the backend until someone asks: reading one back waits for the computation.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Samples } from '../../datasets/samples.ts';
import { randomStream } from '../../linalg/random.ts';
import { batchesOf } from '../batch.ts';
import { momentum } from '../kernels/batch-norm.ts';
import type { Layer } from '../model/description.ts';
import {
  disposeParameters,
  loadParameters,
  type Parameters,
  readParameters,
} from '../model/parameters.ts';
import { inferShapes } from '../model/shapes.ts';
import { type Model, partWeights, type Weights } from '../model/weights.ts';
import type { CheckpointState } from './checkpoint.ts';
import { lossAndGradients } from './gradients.ts';
import { optimizerOf } from './optimizer.ts';
import type { TrainingPlan } from './plan.ts';
import { sampledPart, trainedParameters } from './trained-parameters.ts';

export interface TrainingRun {
  /** Steps to do over all epochs. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly samplesPerEpoch: number;
  /** Steps done. */
  step(): number;
  /** Does one step. */
  advance(): void;
  /** Waits for what was computed. */
  latestLoss(): Promise<number>;
  /** Mean loss of each epoch that is over. */
  losses(): Promise<readonly number[]>;
  /** What is trained as it is now, statistics of batch norms included. */
  weights(): Promise<Weights>;
  checkpoint(): Promise<CheckpointState>;
  dispose(): void;
}

/** Throws where the plan leaves nothing to train. */
export function beginTraining(
  model: Model,
  samples: Samples,
  plan: TrainingPlan,
  saved?: CheckpointState,
): TrainingRun {
  const whole = sampledPart(model.description, plan.scope) === 'all';
  const { features, classifier, input } = model.description;
  const layers: readonly Layer[] = whole ? [...features, ...classifier] : classifier;
  const batches = batchesOf(samples, whole ? input : inferShapes(model.description).boundary);
  const perEpoch = Math.min(plan.limit ?? samples.count, samples.count);
  const stepsPerEpoch = Math.ceil(perEpoch / plan.batchSize);
  const order = epochOrder(samples.count, plan.seed);

  const initial = initialWeights(model, plan.scope, whole);
  const fixed = loadParameters(initial.fixed);
  const loaded = loadParameters(saved?.weights ?? initial.trained);
  const names = [...loaded.keys()];
  const optimizer = optimizerOf([...loaded.values()], plan.weightDecay, saved?.adam);
  const trained = (): Parameters =>
    new Map(optimizer.values().map((value, index) => [names[index]!, value]));
  let statistics = loadParameters(saved?.statistics ?? initial.statistics);
  const losses = [...(saved?.losses ?? [])];
  /** Sums of epochs that are over and not read yet. */
  const sums: tf.Tensor[] = [];
  let lossSum: tf.Tensor = tf.scalar(saved?.lossSum ?? 0);
  let latest: tf.Tensor = tf.scalar(Number.NaN);
  let step = saved?.step ?? 0;

  const advance = () => {
    const epoch = Math.floor(step / stepsPerEpoch);
    const start = (step % stepsPerEpoch) * plan.batchSize;
    const end = Math.min(start + plan.batchSize, perEpoch);
    const indices = order(epoch).subarray(start, end);
    const pass = { seed: plan.seed, step };
    const state = { parameters: trained(), statistics, fixed };
    const { value, grads } = lossAndGradients(layers, state, batches, indices, pass);
    const ofStatistics = grads.splice(names.length);
    optimizer.update(grads, plan.learningRate * plan.decay ** epoch);
    statistics = moved(statistics, ofStatistics);
    const sum = tf.add(lossSum, value);
    tf.dispose([lossSum, latest]);
    [lossSum, latest] = [sum, value];
    step++;
    if (step % stepsPerEpoch === 0) {
      sums.push(lossSum);
      lossSum = tf.scalar(0);
    }
  };
  const readLosses = async () => {
    for (const sum of sums.splice(0)) {
      losses.push((await numberIn(sum)) / stepsPerEpoch);
      sum.dispose();
    }
    return [...losses];
  };

  return {
    steps: plan.epochs * stepsPerEpoch,
    stepsPerEpoch,
    samplesPerEpoch: perEpoch,
    step: () => step,
    advance,
    latestLoss: () => numberIn(latest),
    losses: readLosses,
    weights: () => readParameters(new Map([...trained(), ...statistics])),
    checkpoint: async () => ({
      step,
      weights: await readParameters(trained()),
      statistics: await readParameters(statistics),
      adam: await optimizer.state(),
      losses: await readLosses(),
      lossSum: await numberIn(lossSum),
    }),
    dispose: () => {
      for (const tensors of [fixed, statistics]) disposeParameters(tensors);
      optimizer.dispose();
      tf.dispose([lossSum, latest, ...sums]);
    },
  };
}

async function numberIn(scalar: tf.Tensor): Promise<number> {
  return (await scalar.data())[0]!;
}

interface InitialWeights {
  readonly trained: Weights;
  /** Of the batch norms that are trained. */
  readonly statistics: Weights;
  readonly fixed: Weights;
}

function initialWeights(
  model: Model,
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

/** The order of the samples in an epoch; the latest one is kept. */
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

/** The statistics after a step; the old ones and the gradients are disposed of. */
function moved(statistics: Parameters, gradients: readonly tf.Tensor[]): Parameters {
  const next = [...statistics].map(([name, values], index) => {
    const after = tf.tidy(() => tf.sub(values, tf.mul(gradients[index]!, momentum)));
    return [name, after] as const;
  });
  disposeParameters(statistics);
  tf.dispose([...gradients]);
  return new Map(next);
}
