/** One network, measured once on the test images: what `evaluate` writes, and what the report is made from. */
import * as v from 'valibot';
import { costsOf } from './model/costs.ts';
import { countParameters } from './model/description.ts';
import { allocations, layerSchema, type ModelHistory, tunedParts } from './model/history.ts';
import type { Model } from './model/weights.ts';
import type { Score } from './scoring.ts';

/**
 * 'posthoc': compressed and measured. 'finetuned': trained further after compression. 'control': the
 * uncompressed network, trained further by the same budget. 'published': the convolutions of a network that
 * was trained further, under factors of the network from before, as in the published notebook.
 */
const protocols = ['baseline', 'control', 'posthoc', 'finetuned', 'published'] as const;

const families = ['baseline', 'svd', 'cur'] as const;

const text = v.string('must be a text');
const number = v.number('must be a number');
const numberOrNull = v.nullable(number);

/** Of the convolutions, of the classifier, and of both. */
const byPart = v.object(
  { features: number, classifier: number, total: number },
  'must be an object with features, classifier and total',
);

const rowSchema = v.object(
  {
    dataset: text,
    /** For example 'VGG-11 w0.125'. */
    model: text,
    /** Of the training that gave the network from which this one was made. */
    trainingSeed: v.exactOptional(numberOrNull),
    /** For example 'baseline', 'svd', 'cur-lineartime', 'cur-leverage'. */
    method: text,
    /** The method's name for people. */
    label: text,
    family: v.picklist(families, `must be one of ${families.join(', ')}`),
    protocol: v.picklist(protocols, `must be one of ${protocols.join(', ')}`),
    /** Null if nothing was trained further. */
    tuned: v.exactOptional(
      v.nullable(v.picklist(tunedParts, `must be one of ${tunedParts.join(', ')}`)),
    ),
    /** How convolutions were factored: 'channel', 'spatial', ...; null if they were not. */
    scheme: v.exactOptional(v.nullable(text)),
    /** 'uniform' if it is left out. */
    allocation: v.exactOptional(
      v.picklist(allocations, `must be one of ${allocations.join(', ')}`),
    ),
    /** The compression rate that was asked for (CR); null if nothing is compressed. */
    rate: numberOrNull,
    /** Of the draw of a random method; null for a deterministic one. */
    seed: numberOrNull,
    /** Share of the test images classified correctly, 0 to 1. */
    accuracy: number,
    loss: number,
    /** Share of the predictions that equal the baseline's, 0 to 1. */
    agreement: numberOrNull,
    /** Number of test images. */
    count: number,
    parameters: byPart,
    /** Multiplications and additions in pairs, for one image. */
    macs: v.exactOptional(v.nullable(byPart)),
    /** Of the weights, as they are stored. */
    bytes: v.exactOptional(numberOrNull),
    /** Parameters before over parameters after. */
    compression: v.object(
      {
        /** The true rate: weights of the factored layers together, without biases, before over after. */
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
