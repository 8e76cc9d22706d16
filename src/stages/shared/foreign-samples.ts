/** The samples of a data set, images or arrays, as inputs of an ONNX model. */
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

/**
 * @param image how images become the input
 * @param split arrays have no splits: all are used
 */
export function foreignSamples(
  data: InputArtifact,
  inputs: readonly ModelInput[],
  image: ImageInput,
  split: 'train' | 'test' = 'test',
): TitledSamples {
  const text = readFileSync(data.path('dataset.json'), 'utf8');
  if (/"form":\s*"arrays"/.test(text)) {
    const record = arrayRecord(text);
    return { ...arraySamples(record, inputs, (file) => data.path(file)), title: record.title };
  }
  const { facts, ...splits } = readDataset((file) => data.path(file));
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0) {
    throw new StageError(
      `the model has ${inputs.length} inputs, and images are one`,
      'give the inputs as arrays, with a stage of the type "arrays"',
    );
  }
  return { ...modelImages(splits[split], facts.title, input, image), title: facts.title };
}
