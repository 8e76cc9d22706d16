/**
 * A data set of arrays on disk: `dataset.json`, one .npy file for each input, and `labels.npy` if there are labels.
 * The arrays are read batch by batch, so memory does not grow with the number of samples.
 */
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { checkedJson } from '../base/checked-json.ts';
import { npyHeader } from './formats/npy-header.ts';
import { labelsIn, type SampleArrays } from './formats/sample-arrays.ts';
import {
  type InputData,
  type InputType,
  inputArrays,
  type ModelInput,
  type ModelSamples,
  narrowed,
  type SampledInput,
} from './model-samples.ts';
import { UnfitData } from './unfit-data.ts';

const positive = v.pipe(v.number(), v.integer(), v.minValue(1));

export const ARRAYS = 'arrays';

const recordSchema = v.object({
  form: v.literal(ARRAYS),
  title: v.string(),
  count: positive,
  inputs: v.array(
    v.object({
      name: v.string(),
      file: v.string(),
      type: v.picklist(Object.keys(inputArrays) as InputType[]),
      shape: v.array(v.pipe(v.number(), v.integer(), v.minValue(0))),
    }),
  ),
  labels: v.nullable(v.string()),
});

export type ArrayRecord = v.InferOutput<typeof recordSchema>;

/** The same arrays give the same bytes. */
export function writeArrays(folder: string, title: string, arrays: SampleArrays): void {
  const inputs = arrays.inputs.map(({ name, type, shape }, i) => ({
    ...{ name, file: `input-${i}.npy`, type },
    shape: [...shape],
  }));
  for (const [i, { npy }] of arrays.inputs.entries()) {
    writeFileSync(join(folder, inputs[i]!.file), npy);
  }
  if (arrays.labels) writeFileSync(join(folder, LABELS), arrays.labels);
  const record: ArrayRecord = {
    ...{ form: ARRAYS, title, count: arrays.count, inputs },
    labels: arrays.labels && LABELS,
  };
  writeFileSync(join(folder, 'dataset.json'), `${JSON.stringify(record)}\n`);
}

const LABELS = 'labels.npy';

/** @param text that of `dataset.json` */
export function arrayRecord(text: string): ArrayRecord {
  return checkedJson(
    text,
    recordSchema,
    'dataset.json',
    'a data set of arrays is the output of a stage of the type "arrays"',
  );
}

/**
 * @param declared the inputs of the model
 * @throws UnfitData if an input has no array of its type and shape
 */
export function arraySamples(
  { title, count, inputs, labels }: ArrayRecord,
  declared: readonly ModelInput[],
  pathOf: (file: string) => string,
): ModelSamples {
  const files = new Map<string, string>();
  const sampled = declared.map((input): SampledInput => {
    const isOnly = declared.length === 1 && inputs.length === 1;
    const array = isOnly ? inputs[0]! : inputs.find(({ name }) => name === input.name);
    if (array === undefined) {
      throw new UnfitData(
        `the input "${input.name}" of the model has no array in ${title}, which has ${inputs.map(({ name }) => name).join(', ')}`,
        'name each array like its input',
      );
    }
    requireFit(title, array, input);
    files.set(input.name, pathOf(array.file));
    return { name: input.name, type: array.type, shape: array.shape };
  });
  return {
    count,
    inputs: sampled,
    labels: labels === null ? null : narrowed(labelsIn(labels, readFileSync(pathOf(labels)))),
    classes: null,
    read: (input, from, some) => slice(files.get(input.name)!, input, from, some),
  };
}

function requireFit(title: string, array: ArrayRecord['inputs'][number], input: ModelInput): void {
  if (array.type !== input.type) {
    throw new UnfitData(
      `the input "${input.name}" of the model holds ${input.type}, but the array ${array.name} of ${title} holds ${array.type}`,
      `convert it with .astype(np.${input.type})`,
    );
  }
  const [, ...extents] = input.shape;
  const fits =
    input.shape.length === array.shape.length + 1 &&
    extents.every((extent, i) => typeof extent === 'string' || extent === array.shape[i]);
  if (fits) return;
  throw new UnfitData(
    `the input "${input.name}" of the model is ${input.shape.join(' x ')}, but a sample of ${array.name} in ${title} is ${array.shape.join(' x ') || 'a number'}`,
    'the first axis of an array is the sample: reshape or transpose the others',
  );
}

/** Some samples of a .npy file. */
function slice(
  path: string,
  { type, shape }: SampledInput,
  from: number,
  count: number,
): InputData {
  const size = shape.reduce((product, dim) => product * dim, 1);
  const bytes = new Uint8Array(count * size * inputArrays[type].BYTES_PER_ELEMENT);
  const file = openSync(path, 'r');
  try {
    const head = new Uint8Array(MOST_HEAD);
    const read = readSync(file, head, 0, head.length, 0);
    const { start } = npyHeader(path, head.subarray(0, read));
    const first = start + from * size * inputArrays[type].BYTES_PER_ELEMENT;
    for (let done = 0; done < bytes.length; ) {
      const some = readSync(file, bytes, done, bytes.length - done, first + done);
      if (some === 0) throw new UnfitData(`${path} ends too early`, 'run the stage again');
      done += some;
    }
  } finally {
    closeSync(file);
  }
  return new inputArrays[type](bytes.buffer);
}

/** Enough to know where a header ends. */
const MOST_HEAD = 4200;
