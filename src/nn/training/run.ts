/**
 * The state of a training between two steps, and the step.
 *
 * Holds tensors from its making to `dispose`; each step replaces all of them, and leaves none behind.
 * Losses stay on the backend until someone asks: reading one back waits for the computation.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Samples } from '../../datasets/samples.ts';
import { randomStream } from '../../linalg/random.ts';
import { type Batches, batchesOf } from '../batch.ts';
import { forward } from '../forward.ts';
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
import { type Adam, adam } from './adam.ts';
import type { CheckpointState } from './checkpoint.ts';
import { crossEntropy } from './loss.ts';
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
  latestLoss(): number;
  /** Mean loss of each epoch that is over. */
  losses(): readonly number[];
  /** What is trained as it is now, statistics of batch norms included. */
  weights(): Weights;
  checkpoint(): CheckpointState;
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
  let parameters = loadParameters(saved?.weights ?? initial.trained);
  let statistics = loadParameters(saved?.statistics ?? initial.statistics);
  const shapes = [...parameters.values()].map(({ shape }) => shape);
  const optimizer = adam(shapes, plan.weightDecay, saved?.adam);
  const losses = [...(saved?.losses ?? [])];
  let lossSum: tf.Tensor = tf.scalar(saved?.lossSum ?? 0);
  let latest: tf.Tensor = tf.scalar(Number.NaN);
  let step = saved?.step ?? 0;

  const advance = () => {
    const epoch = Math.floor(step / stepsPerEpoch);
    const start = (step % stepsPerEpoch) * plan.batchSize;
    const end = Math.min(start + plan.batchSize, perEpoch);
    const indices = order(epoch).subarray(start, end);
    const pass = { seed: plan.seed, step };
    const state = { parameters, statistics, fixed };
    const { value, grads } = lossAndGradients(layers, state, batches, indices, pass);
    const rate = plan.learningRate * plan.decay ** epoch;
    const ofStatistics = grads.splice(parameters.size);
    parameters = updated(optimizer, parameters, grads, rate);
    statistics = moved(statistics, ofStatistics);
    const sum = tf.add(lossSum, value);
    tf.dispose([lossSum, latest]);
    [lossSum, latest] = [sum, value];
    step++;
    if (step % stepsPerEpoch === 0) {
      losses.push(lossSum.dataSync()[0]! / stepsPerEpoch);
      lossSum.dispose();
      lossSum = tf.scalar(0);
    }
  };

  return {
    steps: plan.epochs * stepsPerEpoch,
    stepsPerEpoch,
    samplesPerEpoch: perEpoch,
    step: () => step,
    advance,
    latestLoss: () => latest.dataSync()[0]!,
    losses: () => losses,
    weights: () => readParameters(new Map([...parameters, ...statistics])),
    checkpoint: () => ({
      step,
      weights: readParameters(parameters),
      statistics: readParameters(statistics),
      adam: optimizer.state(),
      losses: [...losses],
      lossSum: lossSum.dataSync()[0]!,
    }),
    dispose: () => {
      for (const tensors of [fixed, parameters, statistics]) disposeParameters(tensors);
      optimizer.dispose();
      tf.dispose([lossSum, latest]);
    },
  };
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

interface State {
  readonly parameters: Parameters;
  readonly statistics: Parameters;
  readonly fixed: Parameters;
}

/** Gradients of the parameters, then of the statistics. */
function lossAndGradients(
  layers: readonly Layer[],
  { parameters, statistics, fixed }: State,
  batches: Batches,
  indices: Uint32Array,
  pass: { readonly seed: number; readonly step: number },
): { value: tf.Scalar; grads: tf.Tensor[] } {
  const differentiated = new Map([...parameters, ...statistics]);
  const names = [...differentiated.keys()];
  const training = { ...pass, trained: new Set(names) };
  return tf.tidy(() => {
    const images = batches.tensor(indices);
    const lossOf = (...tensors: tf.Tensor[]) => {
      const current = new Map([
        ...fixed,
        ...names.map((name, index) => [name, tensors[index]!] as const),
      ]);
      const logits = forward(layers, current, images, { training, fold: true }) as tf.Tensor2D;
      return crossEntropy(logits, batches.labels(indices));
    };
    return tf.valueAndGrads(lossOf)([...differentiated.values()]) as {
      value: tf.Scalar;
      grads: tf.Tensor[];
    };
  });
}

/** The parameters after an update; the old ones and the gradients are disposed of. */
function updated(
  optimizer: Adam,
  parameters: Parameters,
  gradients: readonly tf.Tensor[],
  rate: number,
): Parameters {
  const values = [...parameters.values()];
  const next = optimizer.update(values, gradients, rate);
  tf.dispose([values, [...gradients]]);
  return new Map([...parameters.keys()].map((name, index) => [name, next[index]!]));
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
