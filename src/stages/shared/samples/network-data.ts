/** A data set, downloaded or the user's own, as samples of the input size of a network. */
import { readDataset } from '../../../datasets/dataset-files.ts';
import type { ImageFacts } from '../../../datasets/image-facts.ts';
import { preprocess } from '../../../datasets/preprocess.ts';
import type { Samples } from '../../../datasets/samples.ts';
import { stratifiedSplit } from '../../../datasets/split.ts';
import { subset } from '../../../datasets/subset.ts';
import { randomStream } from '../../../linalg/random.ts';
import type { ModelDescription } from '../../../nn/model/description.ts';
import type { Model } from '../../../nn/model/weights.ts';
import { type InputArtifact, StageError } from '../../../runner/index.ts';

export interface NetworkData {
  readonly facts: ImageFacts;
  /** Without the validation images. */
  readonly train: Samples;
  /** The validation images, taken from the training images; null if there are none. */
  readonly validation: Samples | null;
  readonly test: Samples;
}

export interface NetworkDataOptions {
  /** The number of validation images. They are drawn with `seed`, from each class by its share. */
  readonly validation: { readonly count: number; readonly seed: number } | null;
}

/**
 * Normalised by the statistics of the data set, with or without validation images.
 *
 * @param size height and width of the network's input, in pixels
 */
export function networkData(
  data: InputArtifact,
  size: number,
  { validation }: NetworkDataOptions = { validation: null },
): NetworkData {
  const { train, test, facts } = readDataset((file) => data.path(file));
  const { mean, std, title, height, width } = facts;
  if (height > size || width > size) {
    throw new StageError(
      `the images of ${title} are ${width} x ${height} pixels, more than the network's input of ${size} x ${size}`,
      "images are only enlarged: raise the network's size, or shrink the images beforehand",
    );
  }
  const all = preprocess(train, { size, mean, std });
  const others = { facts, test: preprocess(test, { size, mean, std }) };
  if (validation === null) return { ...others, train: all, validation: null };
  const { count, seed } = validation;
  if (count >= all.count) {
    throw new StageError(
      `${count} validation images were requested, but there are only ${all.count} training images`,
      'use fewer',
    );
  }
  const { chosen, rest } = stratifiedSplit(train.labels, count, randomStream(seed, 'validation'));
  return { ...others, train: subset(all, rest), validation: subset(all, chosen) };
}

/** The splits of a model. Validation images were not used in its training. */
export function imagesFor(data: InputArtifact, { description, history }: Model): SplitImages {
  const { validation: count = 0, seed } = history.training;
  const validation = count === 0 ? null : { count, seed };
  const { facts, ...splits } = networkData(data, description.input[0], { validation });
  requireFit(description, facts);
  const { train, validation: held, test } = splits;
  return { train, validation: held ?? subset(train, []), test };
}

/** For a model from the user, or from another data set. */
export function requireFit({ input, classes }: ModelDescription, facts: ImageFacts): void {
  const [height, width, channels] = input;
  const advice = 'use the data that the model was trained on, or another model';
  if (height !== width || channels !== facts.channels) {
    throw new StageError(
      `the model takes inputs of ${height} x ${width} x ${channels}, which can't be made from the images of ${facts.title} (${facts.height} x ${facts.width} x ${facts.channels})`,
      height === width
        ? advice
        : 'images are enlarged to a square: use a model with a square input',
    );
  }
  if (classes !== facts.classes) {
    throw new StageError(
      `the model has ${classes} classes, but ${facts.title} has ${facts.classes}`,
      advice,
    );
  }
}

/** Validation is empty if the model has no validation images. */
export type SplitImages = Readonly<Record<'train' | 'validation' | 'test', Samples>>;
