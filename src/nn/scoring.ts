/**
 * Scores of a network, or of its classifier on stored activations, on labelled samples.
 *
 * Logits are read back and the loss is summed in double precision. The lower class wins a tie. Requires a started
 * backend.
 */
import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import type { Samples } from '../datasets/samples.ts';
import { inOrder } from './batch.ts';
import { beginInference } from './inference.ts';
import type { Layer } from './model/description.ts';
import { inferShapes } from './model/shapes.ts';
import { type Network, partWeights } from './model/weights.ts';
import { OverflowCount } from './overflow.ts';

export interface Score {
  /** The share of samples whose predicted class is correct, 0 to 1. */
  readonly accuracy: number;
  /** Mean cross-entropy, in nats. */
  readonly loss: number;
  /** The predicted class of each sample. */
  readonly predictions: Uint8Array;
  readonly count: number;
}

export interface ScoringOptions {
  /** `classifier`: the samples are activations between the two parts. */
  readonly scope: 'all' | 'classifier';
  readonly batchSize: number;
  onProgress?(done: number, count: number): void;
  readonly signal?: AbortSignal;
}

/**
 * The batch size at which a classifier alone is fastest: what fits the caches on the processor, and more if each call
 * has a cost.
 */
export function classifierBatch(): number {
  return ['wasm', 'onnx'].includes(tf.getBackend()) ? 250 : 1000;
}

/** Throws the reason of the signal if it is aborted, and an OverflowError if a logit is not finite. */
export async function score(
  model: Network,
  samples: Samples,
  options: ScoringOptions,
): Promise<Score> {
  const { batchSize } = options;
  const { count } = samples;
  const { layers, shape, weights } = scoped(model, options.scope);
  const network = { layers, weights, samples, shape };
  const inference = beginInference({ ...network, batchSize });
  const overflow = new OverflowCount();
  const predictions = new Uint8Array(count);
  let correct = 0;
  let loss = 0;
  let done = 0;
  try {
    for (const indices of inOrder(count, batchSize)) {
      const logits = await inference.run(indices);
      overflow.add(logits, done, indices.length);
      const end = done + indices.length;
      const predicted = predictions.subarray(done, end);
      const batch = compare(logits, samples.labels.subarray(done, end), predicted);
      correct += batch.correct;
      loss += batch.loss;
      done = end;
      options.onProgress?.(done, count);
      await setImmediate();
      options.signal?.throwIfAborted();
    }
  } finally {
    inference.dispose();
  }
  await overflow.check(network);
  return { accuracy: correct / count, loss: loss / count, predictions, count };
}

function scoped(model: Network, scope: ScoringOptions['scope']) {
  const { description } = model;
  const classifier = partWeights(model, 'classifier');
  if (scope === 'classifier') {
    const shape = inferShapes(description).boundary;
    return { layers: description.classifier, shape, weights: classifier };
  }
  const layers: readonly Layer[] = [...description.features, ...description.classifier];
  const weights = new Map([...partWeights(model, 'features'), ...classifier]);
  return { layers, shape: description.input, weights };
}

/** Predicts the class of each sample of a batch, and sums the loss. */
function compare(logits: Float32Array, labels: Uint8Array, predictions: Uint8Array) {
  const classes = logits.length / labels.length;
  let correct = 0;
  let loss = 0;
  for (let row = 0; row < labels.length; row++) {
    const from = row * classes;
    const best = argMax(logits, from, classes);
    const label = labels[row]!;
    predictions[row] = best;
    if (best === label) correct++;
    loss += crossEntropy(logits, from, classes, label);
  }
  return { correct, loss };
}

function argMax(logits: Float32Array, from: number, classes: number): number {
  let best = 0;
  for (let i = 1; i < classes; i++) if (logits[from + i]! > logits[from + best]!) best = i;
  return best;
}

function crossEntropy(logits: Float32Array, from: number, classes: number, label: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < classes; i++) largest = Math.max(largest, logits[from + i]!);
  let sum = 0;
  for (let i = 0; i < classes; i++) sum += Math.exp(logits[from + i]! - largest);
  return largest + Math.log(sum) - logits[from + label]!;
}
