/**
 * How a model was made. `model.json` stores it, and it is everything that later stages and the report know about the
 * stages before.
 *
 * The engine does not pass parameters from stage to stage, so this carries the method, the rate and the seeds of a
 * result. The schema checks them whenever a model is read, because a user's script may have
 * written the file.
 */
import * as v from 'valibot';

const number = v.number('must be a number');
const numberOrNull = v.nullable(number);
const text = v.pipe(v.string('must be a text'), v.nonEmpty('must not be empty'));
const count = v.pipe(
  v.number('must be a whole number of 0 or more'),
  v.integer('must be a whole number of 0 or more'),
  v.minValue(0, 'must be a whole number of 0 or more'),
);
const wholeNumber = v.pipe(
  v.number('must be a whole number'),
  v.safeInteger('must be a whole number'),
);

/** Uniform: one rate for each layer. Energy: kept energy. Budget: an error budget. Accuracy: a target accuracy. */
export const allocations = ['uniform', 'energy', 'budget', 'accuracy'] as const;

/** SVD, CUR, and whole layers in 8 bits. */
export const families = ['svd', 'cur', 'int8'] as const;

/** The parts of a network that were trained further. */
export const tunedParts = ['classifier', 'all', 'factors'] as const;

export const layerSchema = v.object(
  {
    name: text,
    /** The default is 'dense'. */
    kind: v.exactOptional(v.picklist(['dense', 'convolution'], 'must be dense or convolution')),
    /** The size of the factored matrix. The matrices of the groups of a convolution are below one another. */
    rows: number,
    cols: number,
    /** Of each group. Null if the layer is not factored. */
    rank: numberOrNull,
    parameters: number,
    /** ||A - A'||_F / ||A||_F, where A' is the product of the stored factors. */
    relativeError: v.exactOptional(numberOrNull, null),
    /** The same of the best approximation of this rank (Eckart-Young-Mirsky). */
    optimalError: v.exactOptional(numberOrNull, null),
    /** An iteration found the singular values of `optimalError`, which can be up to 1% too large. */
    approximate: v.exactOptional(v.literal(true, 'must be true')),
    /** An upper bound of `relativeError` for the chosen columns and rows; null if none is proved. */
    bound: v.exactOptional(numberOrNull),
    /** ||W X - W' X||_F / ||W X||_F on the calibration samples, and on held-out ones; null if there are none. */
    outputError: v.exactOptional(
      v.object(
        { calibration: number, heldOut: numberOrNull },
        'must be an object with calibration and heldOut',
      ),
    ),
  },
  'must be an object with name, rows, cols, rank and parameters',
);

const compressionSchema = v.object(
  {
    method: text,
    /** The name of the method for readers. */
    label: text,
    family: v.picklist(families, `must be one of ${families.join(', ')}`),
    /** The nominal rate. */
    rate: number,
    /**
     * The true rate: weights of the factored layers, or of all that share a budget, before / after, without biases. With
     * a budget in another unit, and with the method `int8`: their cost before / after.
     */
    achieved: v.exactOptional(number),
    /** The seed of the draw; null if nothing is drawn. */
    seed: v.nullable(wholeNumber),
    allocation: v.picklist(allocations, `must be one of ${allocations.join(', ')}`),
    /** The scheme of the convolutions; null if they were not factored. */
    scheme: v.nullable(text),
    layers: v.pipe(v.array(layerSchema, 'must be a list of layers'), v.readonly()),
  },
  'must be an object with method, label, family, rate, seed, allocation, scheme and layers',
);

const entries = {
  /** The title in the report: 'VGG-11 w0.125'. */
  title: text,
  dataset: text,
  training: v.looseObject(
    { seed: wholeNumber, validation: v.exactOptional(count), backend: v.exactOptional(text) },
    'must be an object with the seed of the training',
  ),
  compression: v.exactOptional(compressionSchema),
  finetuning: v.exactOptional(
    v.looseObject(
      {
        scope: v.exactOptional(v.picklist(tunedParts, `must be one of ${tunedParts.join(', ')}`)),
        backend: v.exactOptional(text),
      },
      'must be an object that describes the further training',
    ),
  ),
  /** The convolutions belong to another model. */
  grafted: v.exactOptional(v.literal(true, 'must be true')),
};

/** Numbers of parameters of the model before compression. */
const original = v.looseObject(
  { classifier: count, total: count },
  'must be an object with the numbers of parameters: classifier and total',
);

const known = v.object({ ...entries, original });

/** Other fields are allowed and kept. */
export const historySchema = v.looseObject(
  { ...entries, original: v.exactOptional(original) },
  'must be an object with title, dataset and training',
);

export type LayerRow = Readonly<v.InferOutput<typeof layerSchema>>;
export type OutputError = NonNullable<LayerRow['outputError']>;
export type Allocation = (typeof allocations)[number];
export type Tuned = (typeof tunedParts)[number];
export type Compression = Readonly<v.InferOutput<typeof compressionSchema>>;

/** Without the fields that only a user's script knows, so that the compiler finds misspelt names. */
export type ModelHistory = Readonly<v.InferOutput<typeof known>>;
