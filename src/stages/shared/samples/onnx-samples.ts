/** A data set, of images or of arrays, as samples for an ONNX model. */
import { readFileSync } from 'node:fs';
import { parseJson } from '../../../base/json-text.ts';
import { ARRAYS, arrayRecord, arraySamples } from '../../../datasets/array-files.ts';
import { readDataset } from '../../../datasets/dataset-files.ts';
import type { ImageInput } from '../../../datasets/image-input.ts';
import { modelImages } from '../../../datasets/model-images.ts';
import type { ModelSamples } from '../../../datasets/model-samples.ts';
import {
  type NamedTestImages,
  readTestImages,
  TEST_IMAGES,
} from '../../../datasets/test-images.ts';
import type { ModelSession } from '../../../nn/runtime/session.ts';
import { type InputArtifact, StageError } from '../../../runner/index.ts';

export interface OnnxData {
  /** The name of the data set in reports. */
  readonly title: string;
  readonly samples: ModelSamples;
}

/**
 * @param input how images become the input of the model; arrays are not changed
 * @param split of images; arrays are not split
 */
export function onnxData(
  data: InputArtifact,
  { name, inputs }: Pick<ModelSession, 'name' | 'inputs'>,
  input: ImageInput,
  split: 'train' | 'test',
): OnnxData {
  const pathOf = (file: string): string => data.path(file);
  if (isArrayData(data)) {
    const record = arrayRecord(readFileSync(pathOf('dataset.json'), 'utf8'));
    return { title: record.title, samples: arraySamples(record, inputs, pathOf) };
  }
  const { title, images } = imagesIn(data, pathOf, split);
  const [only] = inputs;
  if (only === undefined || inputs.length > 1) {
    throw new StageError(
      `${name} has ${inputs.length} inputs (${inputs.map((one) => one.name).join(', ')}), but images are for one`,
      'give it arrays from an .npz file: a stage with "uses: arrays"',
    );
  }
  return { title, samples: modelImages(images, title, only, input) };
}

export function isArrayData(data: InputArtifact): boolean {
  return formOf(data) === ARRAYS;
}

function formOf(data: InputArtifact): unknown {
  const record = parseJson(readFileSync(data.path('dataset.json'), 'utf8'));
  return record !== null && typeof record === 'object' && 'form' in record
    ? record.form
    : undefined;
}

/** Test images are not split either. */
function imagesIn(
  data: InputArtifact,
  pathOf: (file: string) => string,
  split: 'train' | 'test',
): NamedTestImages {
  if (formOf(data) === TEST_IMAGES) return readTestImages(pathOf);
  const { facts, ...splits } = readDataset(pathOf);
  return { title: facts.title, images: splits[split] };
}
