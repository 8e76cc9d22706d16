/**
 * Scores of an ONNX model on samples: accuracy and loss with labels; without, the agreement with the original's
 * predictions and the relative error of each output.
 */
import { ExpectedError } from '../../base/expected-error.ts';
import type { ClassIndices, ModelSamples } from '../../datasets/model-samples.ts';
import { agreement } from '../agreement-rate.ts';
import { type Batch, type BatchOutput, runBatches } from './batches.ts';
import { type ClassScores, ClassTally } from './class-tally.ts';
import { type OriginalOutputs, OutputErrors } from './output-errors.ts';
import type { ModelSession } from './session.ts';

export interface OnnxScore {
  readonly count: number;
  /** Null if no output has one row of class scores for each sample. */
  readonly classes: (ClassScores & { readonly output: string }) | null;
  /** The share of samples for which the original predicts the same class; null if that is unknown. */
  readonly agreement: number | null;
  /** Relative errors by the names of the outputs. Empty without outputs of the original. */
  readonly outputErrors: Readonly<Record<string, number>>;
}

export interface OnnxScoringOptions {
  /** Of a model with a batch of any size. Default: `BATCH_SIZE`. */
  readonly batchSize?: number;
  /** The name of the output with the class scores. Default: the first with one row for each sample. */
  readonly output?: string | undefined;
  /** Whether the model classifies. Default: true. */
  readonly classifies?: boolean;
  /** The predictions of the original model. */
  readonly expected?: ClassIndices | undefined;
  readonly original?: OriginalOutputs | undefined;
  /** Called with each batch, for example to keep the outputs of the original model. */
  onBatch?(batch: Batch): void;
  onProgress?(done: number, count: number): void;
  readonly signal?: AbortSignal;
}

/** The last bits of outputs can depend on it, so it is a constant, like the number of threads. */
export const BATCH_SIZE = 32;

/** @throws ExpectedError if the model can't be scored on these samples */
export async function scoreOnnx(
  session: ModelSession,
  samples: ModelSamples,
  options: OnnxScoringOptions = {},
): Promise<OnnxScore> {
  const { count, labels } = samples;
  const { name: model } = session;
  const { batchSize = BATCH_SIZE, expected, original, signal } = options;
  const errors = original && new OutputErrors(model, original);
  let chosen: { readonly name: string; readonly tally: ClassTally } | null | undefined;
  for await (const batch of runBatches(session, samples, batchSize, signal)) {
    const { outputs, from } = batch;
    if (chosen === undefined) {
      const found =
        options.classifies === false ? null : classOutput(session, outputs, options.output);
      requireClasses(session, samples, found);
      chosen = found && {
        name: found.name,
        tally: new ClassTally(model, count, found.classes, labels),
      };
    }
    chosen?.tally.add(outputs.get(chosen.name)!.values, from);
    errors?.add(batch);
    options.onBatch?.(batch);
    options.onProgress?.(from + batch.count, count);
  }
  const classes = chosen ? { ...chosen.tally.result(), output: chosen.name } : null;
  return {
    count,
    classes,
    agreement: classes && expected ? agreement(model, classes.predictions, expected) : null,
    outputErrors: errors?.result() ?? {},
  };
}

interface ClassOutput {
  readonly name: string;
  readonly classes: number;
}

function classOutput(
  { name: model }: ModelSession,
  outputs: Batch['outputs'],
  name: string | undefined,
): ClassOutput | null {
  if (name === undefined) {
    for (const [key, output] of outputs) {
      const classes = classesOf(output);
      if (classes !== null) return { name: key, classes };
    }
    return null;
  }
  const given = outputs.get(name);
  const classes = given ? classesOf(given) : null;
  if (classes !== null) return { name, classes };
  const why = given
    ? `is ${given.shape.join(' x ')}, not one row of class scores for each sample`
    : `is missing: the model has ${[...outputs.keys()].join(', ')}`;
  throw new ExpectedError(`${model}: the output "${name}" ${why}`, 'name another output');
}

/** Null if the output is not one row of at least two numbers for each sample. Axes of length one do not count. */
function classesOf({ isBySample, shape }: BatchOutput): number | null {
  if (!isBySample) return null;
  const long = shape.slice(1).filter((extent) => extent !== 1);
  return long.length === 1 ? long[0]! : null;
}

function requireClasses(
  { name: model }: ModelSession,
  { labels, classes }: ModelSamples,
  found: ClassOutput | null,
): void {
  if (found === null) {
    if (labels === null) return;
    throw new ExpectedError(
      `${model}: the data has labels, but no output of the model has one row of class scores for each sample`,
      'use data without labels: the outputs are then compared with those of the original',
    );
  }
  if (classes === null || classes === found.classes) return;
  throw new ExpectedError(
    `${model}: the model has ${found.classes} classes, but the data has ${classes}`,
    'use the data that the model was trained on, with a folder for each of its classes; if the images have no labels, or other classes, set "labels: false" of the stage type "images"',
  );
}
