/** The measurements of one network on the test images: the output of `evaluate` and the input of the report. */
import * as v from 'valibot';
import { costsOf } from './model/costs.ts';
import { countParameters } from './model/description.ts';
import { allocations, layerSchema, type ModelHistory, tunedParts } from './model/history.ts';
import type { Model } from './model/weights.ts';
import type { Score } from './scoring.ts';

/**
 * 'posthoc': compressed and measured. 'finetuned': trained further after compression. 'control': the
 * uncompressed network, trained further with the same budget. 'published': the convolutions of a network that
 * was trained further, with factors of the network before that training, as in the published notebook.
 */
const protocols = ['baseline', 'control', 'posthoc', 'finetuned', 'published'] as const;

const families = ['baseline', 'svd', 'cur'] as const;

const text = v.string('must be a text');
const number = v.number('must be a number');
const numberOrNull = v.nullable(number);

/** The numbers of the convolutions, of the classifier, and of both. */
const byPart = v.object(
  { features: number, classifier: number, total: number },
  'must be an object with features, classifier and total',
);

const rowSchema = v.object(
  {
    dataset: text,
    /** For example 'VGG-11 w0.125'. */
    model: text,
    /** The seed of the training of the network from which this one was made. */
    trainingSeed: v.exactOptional(numberOrNull),
    /** For example 'baseline', 'svd', 'cur-lineartime', 'cur-leverage'. */
    method: text,
    /** The name of the method for readers. */
    label: text,
    family: v.picklist(families, `must be one of ${families.join(', ')}`),
    protocol: v.picklist(protocols, `must be one of ${protocols.join(', ')}`),
    /** Null if nothing was trained further. */
    tuned: v.exactOptional(
      v.nullable(v.picklist(tunedParts, `must be one of ${tunedParts.join(', ')}`)),
    ),
    /** How convolutions were factored: 'channel', 'spatial', ...; null if they were not. */
    scheme: v.exactOptional(v.nullable(text)),
    /** The default is 'uniform'. */
    allocation: v.exactOptional(
      v.picklist(allocations, `must be one of ${allocations.join(', ')}`),
    ),
    /** The nominal compression rate (CR); null if nothing is compressed. */
    rate: numberOrNull,
    /** The seed of the draw of a random method; null for a deterministic method. */
    seed: numberOrNull,
    /** Share of the test images classified correctly, 0 to 1. */
    accuracy: number,
    loss: number,
    /** Share of the predictions that equal the baseline's, 0 to 1. */
    agreement: numberOrNull,
    /** Number of test images. */
    count: number,
    parameters: byPart,
    /** Multiply-add operations for one image. */
    macs: v.exactOptional(v.nullable(byPart)),
    /** The size of the stored weights. */
    bytes: v.exactOptional(numberOrNull),
    /** Parameters before compression / after. */
    compression: v.object(
      {
        /** The true rate: weights of the factored layers together, without biases, before / after. */
        achieved: v.exactOptional(number),
        /** Null if the classifier has no parameters. */
        classifier: numberOrNull,
        total: number,
      },
      'must be an object with classifier and total',
    ),
    layers: v.pipe(v.array(layerSchema, 'must be a list of layers'), v.readonly()),
  },
  'must be an object',
);

export const rowsSchema = v.array(rowSchema, 'must be a list of rows');

export type EvaluationRow = Readonly<v.InferOutput<typeof rowSchema>>;
export type Protocol = EvaluationRow['protocol'];
export type Family = EvaluationRow['family'];
export type ByPart = Readonly<v.InferOutput<typeof byPart>>;

/** @param expected the predictions of the baseline */
export function evaluationRow(
  { description, history }: Model,
  { accuracy, loss, predictions, count }: Score,
  expected: Uint8Array | undefined,
): EvaluationRow {
  const { compression, finetuning, original, training } = history;
  const protocol = protocolOf(history);
  const parameters = countParameters(description);
  const { features, classifier, total } = costsOf(description);
  return {
    dataset: history.dataset,
    model: history.title,
    trainingSeed: training.seed,
    method: compression?.method ?? 'baseline',
    label: compression?.label ?? 'Baseline',
    family: compression?.family ?? 'baseline',
    protocol,
    tuned: finetuning?.scope ?? null,
    scheme: compression?.scheme ?? null,
    allocation: compression?.allocation ?? 'uniform',
    rate: compression?.rate ?? null,
    seed: compression?.seed ?? null,
    accuracy,
    loss,
    agreement: expected ? agreement(predictions, expected) : protocol === 'baseline' ? 1 : null,
    count,
    parameters,
    macs: { features: features.macs, classifier: classifier.macs, total: total.macs },
    bytes: total.bytes,
    compression: {
      ...(compression?.achieved !== undefined && { achieved: compression.achieved }),
      classifier: parameters.classifier > 0 ? original.classifier / parameters.classifier : null,
      total: original.total / parameters.total,
    },
    layers: compression?.layers ?? [],
  };
}

function protocolOf({ compression, finetuning, grafted }: ModelHistory): Protocol {
  if (grafted) return 'published';
  if (compression) return finetuning ? 'finetuned' : 'posthoc';
  return finetuning ? 'control' : 'baseline';
}

function agreement(predictions: Uint8Array, expected: Uint8Array): number {
  return predictions.filter((prediction, i) => prediction === expected[i]).length / expected.length;
}
