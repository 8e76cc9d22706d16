/** The measurements of one network on the test images: the output of `evaluate` and the input of the report. */
import * as v from 'valibot';
import type { ClassIndices } from '../datasets/model-samples.ts';
import { agreement } from './agreement-rate.ts';
import { costsOf } from './model/costs.ts';
import { countParameters } from './model/description.ts';
import {
  allocations,
  families as compressing,
  layerSchema,
  type ModelHistory,
  tunedParts,
} from './model/history.ts';
import type { Model } from './model/weights.ts';
import type { Score } from './scoring.ts';

/**
 * 'posthoc': compressed and measured. 'finetuned': trained further after compression. 'control': the
 * uncompressed network, trained further with the same budget. 'published': the convolutions of a network that
 * was trained further, with factors of the network before that training, as in the published notebook.
 */
const protocols = ['baseline', 'control', 'posthoc', 'finetuned', 'published'] as const;

const families = ['baseline', ...compressing] as const;

const text = v.string('must be a text');
const number = v.number('must be a number');
const numberOrNull = v.nullable(number);
const SHARE = 'must be a share from 0 to 1';
const shareOrNull = v.nullable(v.pipe(v.number(SHARE), v.minValue(0, SHARE), v.maxValue(1, SHARE)));
const COUNT = 'must be a whole number of 1 or more';

/** A field with the text that its JSON Schema shows. */
const field = <S extends v.GenericSchema>(schema: S, description: string) =>
  v.pipe(schema, v.description(description));

/** The numbers of the convolutions, of the classifier, and of both. */
const byPart = v.object(
  { features: number, classifier: number, total: number },
  'must be an object with features, classifier and total',
);

const rowSchema = v.pipe(
  v.object(
    {
      dataset: field(text, 'The name of the data set.'),
      model: field(text, 'The name of the model, such as "VGG-11 w0.125".'),
      trainingSeed: v.exactOptional(
        field(
          numberOrNull,
          'The seed of the training of the network from which this one was made; null if there is only one.',
        ),
      ),
      method: field(text, 'The method, such as "baseline", "svd" or "cur-leverage".'),
      label: field(text, 'The name of the method for readers.'),
      family: field(
        v.picklist(families, `must be one of ${families.join(', ')}`),
        'The family of the method; "baseline" for an uncompressed network.',
      ),
      protocol: field(
        v.picklist(protocols, `must be one of ${protocols.join(', ')}`),
        'How the network was made: see docs/scores.md.',
      ),
      tuned: v.exactOptional(
        field(
          v.nullable(v.picklist(tunedParts, `must be one of ${tunedParts.join(', ')}`)),
          'The part that was trained further; null if nothing was.',
        ),
      ),
      scheme: v.exactOptional(
        field(
          v.nullable(text),
          'How convolutions were factored, such as "channel"; null if they were not.',
        ),
      ),
      allocation: v.exactOptional(
        field(
          v.picklist(allocations, `must be one of ${allocations.join(', ')}`),
          'How ranks were chosen. The default is "uniform".',
        ),
      ),
      rate: field(
        numberOrNull,
        'The nominal compression rate (CR); null if nothing is compressed.',
      ),
      seed: field(
        numberOrNull,
        'The seed of the draw of a random method; null for a deterministic method.',
      ),
      accuracy: field(
        shareOrNull,
        'The share of samples that are classified correctly; null without labels.',
      ),
      top5: v.exactOptional(
        field(
          shareOrNull,
          'The share of samples whose class is among the five with the largest scores.',
        ),
      ),
      loss: field(numberOrNull, 'Mean cross-entropy in nats; null without labels.'),
      agreement: field(
        shareOrNull,
        'The share of samples for which the prediction is that of the original; 1 for the original; null if it is unknown.',
      ),
      outputErrors: v.exactOptional(
        field(
          v.pipe(v.record(v.string(), number, 'must be an object of numbers'), v.readonly()),
          'The relative error of each output by its name: ||y - y0|| / ||y0|| (Frobenius), where y0 is the output of the original.',
        ),
      ),
      // The former name. Unknown fields are ignored, so the errors would be lost unnoticed.
      outputs: v.exactOptional(
        field(
          v.never('is now named "outputErrors", an object such as {"y": 0.01} instead of a list'),
          'Not allowed. It is now named "outputErrors".',
        ),
      ),
      count: field(
        v.pipe(v.number(COUNT), v.integer(COUNT), v.minValue(1, COUNT)),
        'The number of test samples.',
      ),
      parameters: field(
        byPart,
        'Numbers of parameters. "features" is the part that no method changes, 0 if it is not counted separately.',
      ),
      macs: v.exactOptional(
        field(v.nullable(byPart), 'Multiply-add operations for one sample, by the same parts.'),
      ),
      bytes: v.exactOptional(field(numberOrNull, 'The size of the stored weights.')),
      compression: field(
        v.object(
          { achieved: v.exactOptional(number), classifier: numberOrNull, total: number },
          'must be an object with classifier and total',
        ),
        'Parameters before compression / after. "achieved" is the true rate of the factored layers together, without biases. "classifier" is null if that part has no parameters.',
      ),
      layers: field(
        v.pipe(v.array(layerSchema, 'must be a list of layers'), v.readonly()),
        'The layers that were considered; empty if they are unknown.',
      ),
    },
    'must be an object',
  ),
  v.check(
    (row) => isMeasured(row),
    'has neither accuracy nor agreement nor outputErrors, so it has no measurement',
  ),
);

/** Whether the row has a number by which models can be compared. */
export function isMeasured({ accuracy, agreement, outputErrors = {} }: Measures): boolean {
  return accuracy !== null || agreement !== null || Object.keys(outputErrors).length > 0;
}

interface Measures {
  readonly accuracy: number | null;
  readonly agreement: number | null;
  readonly outputErrors?: Readonly<Record<string, number>>;
}

export const rowsSchema = v.array(rowSchema, 'must be a list of rows');

export type EvaluationRow = Readonly<Omit<v.InferOutput<typeof rowSchema>, 'outputs'>>;
export type Protocol = EvaluationRow['protocol'];
export type Family = EvaluationRow['family'];
export type ByPart = Readonly<v.InferOutput<typeof byPart>>;

/** What the history of a model does not say. */
export type MeasuredFields = Omit<
  EvaluationRow,
  | ('dataset' | 'model' | 'trainingSeed' | 'method' | 'label' | 'family' | 'protocol' | 'tuned')
  | ('scheme' | 'allocation' | 'rate' | 'seed' | 'agreement' | 'compression' | 'layers')
> & {
  /** Null if there is no baseline to agree with. */
  readonly agreement: number | null;
};

/** @param expected the predictions of the baseline */
export function evaluationRow(
  { description, history }: Model,
  { accuracy, loss, predictions, count }: Score,
  expected: ClassIndices | undefined,
): EvaluationRow {
  const { features, classifier, total } = costsOf(description);
  return rowOf(history, {
    accuracy,
    loss,
    agreement: expected ? agreement(history.title, predictions, expected) : null,
    count,
    parameters: countParameters(description),
    macs: { features: features.macs, classifier: classifier.macs, total: total.macs },
    bytes: total.bytes,
  });
}

export function rowOf(
  history: ModelHistory,
  { accuracy, top5, loss, agreement, outputErrors, parameters, ...rest }: MeasuredFields,
): EvaluationRow {
  const { compression, finetuning, original, training } = history;
  const protocol = protocolOf(history);
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
    ...(top5 !== undefined && { top5 }),
    loss,
    agreement: agreement ?? (protocol === 'baseline' ? 1 : null),
    ...(outputErrors !== undefined && { outputErrors }),
    count: rest.count,
    parameters,
    macs: rest.macs ?? null,
    bytes: rest.bytes ?? null,
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
