/** A downloaded data set as samples of a network's input size. */
import { readFileSync } from 'node:fs';
import type { DatasetFacts, DatasetName } from '../../datasets/catalog.ts';
import { readDataset } from '../../datasets/dataset-files.ts';
import { preprocess } from '../../datasets/preprocess.ts';
import type { Samples } from '../../datasets/samples.ts';
import type { InputArtifact } from '../../runner/graph/stage-type.ts';

export interface NetworkData {
  readonly facts: DatasetFacts;
  readonly train: Samples;
  readonly test: Samples;
}

/** `size`: height and width of the network's input, in pixels. */
export function networkData(data: InputArtifact, size: number): NetworkData {
  const { dataset } = JSON.parse(readFileSync(data.path('dataset.json'), 'utf8')) as {
    readonly dataset: DatasetName;
  };
  const { train, test, facts } = readDataset((file) => data.path(file), dataset);
  const { mean, std } = facts;
  return {
    facts,
    train: preprocess(train, { size, mean, std }),
    test: preprocess(test, { size, mean, std }),
  };
}
