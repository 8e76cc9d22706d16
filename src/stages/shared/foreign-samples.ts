/** The test samples of a data set, images or arrays, as inputs of an ONNX model. */
import { readFileSync } from 'node:fs';
import { arrayRecord, arraySamples } from '../../datasets/array-files.ts';
import { readDataset } from '../../datasets/dataset-files.ts';
import type { ImageInput } from '../../datasets/image-input.ts';
import { modelImages } from '../../datasets/model-images.ts';
import type { ModelInput, ModelSamples } from '../../datasets/model-samples.ts';
import { type InputArtifact, StageError } from '../../runner/index.ts';

export interface TitledSamples extends ModelSamples {
  /** The name of the data set. */
  readonly title: string;
}

/** @param image how images become the input */
export function foreignSamples(
  data: InputArtifact,
  inputs: readonly ModelInput[],
  image: ImageInput,
): TitledSamples {
  if (isArrays(data)) {
    const record = arrayRecord(descriptionOf(data));
    return { ...arraySamples(record, inputs, (file) => data.path(file)), title: record.title };
  }
  const { test, facts } = readDataset((file) => data.path(file));
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0) {
    throw new StageError(
      `the model has ${inputs.length} inputs, and images are one`,
      'give the inputs as arrays, with a stage of the type "arrays"',
    );
  }
  return { ...modelImages(test, facts.title, input, image), title: facts.title };
}

/** Whether the data set was made by a stage of the type `arrays`. */
export function isArrays(data: InputArtifact): boolean {
  return /"form":\s*"arrays"/.test(descriptionOf(data));
}

function descriptionOf(data: InputArtifact): string {
  return readFileSync(data.path('dataset.json'), 'utf8');
}
