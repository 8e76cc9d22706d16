/**
 * Checks the content of `model.json` when it is read, because a script of the user may have written it.
 *
 * Errors name the place in the file, before anything is computed from it.
 */
import * as v from 'valibot';
import { checkedJson } from '../../base/checked-json.ts';
import { ExpectedError } from '../../base/expected-error.ts';
import { countParameters, isWeighted, type Layer, type ModelDescription } from './description.ts';
import { historySchema, type ModelHistory } from './history.ts';
import { inferShapes, LayerMisfit } from './shapes.ts';

export interface ModelJson {
  readonly description: ModelDescription;
  readonly history: ModelHistory;
}

/** @param file the name of the file in error messages */
export function parseModelJson(text: string, file: string): ModelJson {
  const { description, history } = checkedJson(text, modelSchema, file, ADVICE);
  requireDistinctNames(description, file);
  requireFittingLayers(description, file);
  // The original size is optional in a model that was not compressed.
  const { classifier, total } = countParameters(description);
  return { description, history: { original: { classifier, total }, ...history } };
}

const ADVICE = 'docs/models.md describes the files of a model';

function unfit(file: string, why: string): ExpectedError {
  return new ExpectedError(`${file}: ${why}`, ADVICE);
}

const size = v.pipe(
  v.number('must be a whole number of 1 or more'),
  v.integer('must be a whole number of 1 or more'),
  v.minValue(1, 'must be a whole number of 1 or more'),
);
const count = v.pipe(
  v.number('must be a whole number of 0 or more'),
  v.integer('must be a whole number of 0 or more'),
  v.minValue(0, 'must be a whole number of 0 or more'),
);
const text = v.pipe(v.string('must be a text'), v.nonEmpty('must not be empty'));
const flag = v.boolean('must be true or false');
const pair = <S extends typeof size | typeof count>(item: S) =>
  v.strictTuple([item, item], 'must be a list of two numbers');
const of = v.optional(text);

export const layers = {
  convolution: v.looseObject({
    name: text,
    in: size,
    out: size,
    kernel: pair(size),
    stride: pair(size),
    padding: pair(count),
    bias: flag,
    of,
  }),
  'batch-norm': v.looseObject({ name: text, channels: size }),
  relu: v.looseObject({}),
  'max-pool': v.looseObject({ size, stride: size }),
  'adaptive-average-pool': v.looseObject({ size }),
  flatten: v.looseObject({}),
  dense: v.looseObject({ name: text, in: size, out: size, bias: flag, of }),
  interpolation: v.looseObject({
    name: text,
    in: size,
    columns: v.array(count, 'must be a list of column numbers'),
    of,
  }),
  dropout: v.looseObject({
    rate: v.pipe(
      v.number('must be a number from 0 to less than 1'),
      v.minValue(0, 'must be a number from 0 to less than 1'),
      v.ltValue(1, 'must be a number from 0 to less than 1'),
    ),
  }),
} satisfies Record<Layer['kind'], v.GenericSchema>;

type LayerSchema = v.GenericSchema<unknown, Layer>;

const KINDS = Object.keys(layers).join(', ');

/** One schema per kind, because the error of a union would not name the field. */
export const layer = v.lazy((value): LayerSchema => {
  const kind = (value as { readonly kind?: unknown } | null)?.kind;
  if (typeof kind === 'string' && Object.hasOwn(layers, kind)) {
    return layers[kind as Layer['kind']] as v.GenericSchema as LayerSchema;
  }
  const given = kind === undefined ? 'has no kind' : `has the unknown kind ${JSON.stringify(kind)}`;
  return v.custom<Layer>(() => false, `${given}; the kinds are ${KINDS}`);
});

const chain = v.array(layer, 'must be a list of layers');

export const modelSchema = v.object(
  {
    description: v.object(
      {
        input: v.strictTuple([size, size, size], 'must be [height, width, channels]'),
        classes: size,
        features: chain,
        classifier: chain,
      },
      'must be an object with input, classes, features and classifier',
    ),
    history: historySchema,
  },
  'must be an object with description and history',
);

function requireDistinctNames({ features, classifier }: ModelDescription, file: string): void {
  const known = new Set<string>();
  for (const { name } of [...features, ...classifier].filter(isWeighted)) {
    if (known.has(name)) throw unfit(file, `two layers have the name ${JSON.stringify(name)}`);
    known.add(name);
  }
}

function requireFittingLayers(description: ModelDescription, file: string): void {
  try {
    inferShapes(description);
  } catch (problem) {
    if (problem instanceof LayerMisfit) throw unfit(file, problem.message);
    throw problem;
  }
}
