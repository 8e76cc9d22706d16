/** A data set, fetched or of a user's own, as samples of a network's input size. */
import { readDataset } from '../../datasets/dataset-files.ts';
import type { ImageFacts } from '../../datasets/image-facts.ts';
import { preprocess } from '../../datasets/preprocess.ts';
import type { Samples } from '../../datasets/samples.ts';
import { stratifiedSplit } from '../../datasets/split.ts';
import { subset } from '../../datasets/subset.ts';
import { randomStream } from '../../linalg/random.ts';
import type { ModelDescription } from '../../nn/model/description.ts';
import type { Model } from '../../nn/model/weights.ts';
import { type InputArtifact, StageError } from '../../runner/index.ts';

export interface NetworkData {
  readonly facts: ImageFacts;
  /** Without those of `validation`. */
  readonly train: Samples;
  /** Training images set apart; null where none are. */
  readonly validation: Samples | null;
  readonly test: Samples;
}

export interface NetworkDataOptions {
  /** How many training images are set apart, drawn by `seed`, each class by its share. */
  readonly validation: { readonly count: number; readonly seed: number } | null;
}

/**
 * Normalised by the statistics of the data set, whether images are set apart or not.
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
      `${count} images are to be set apart for validation, out of ${all.count}`,
      'lower that number',
    );
  }
  const { chosen, rest } = stratifiedSplit(train.labels, count, randomStream(seed, 'validation'));
  return { ...others, train: subset(all, rest), validation: subset(all, chosen) };
}

/** The splits of a model: images that were held out of its training stay so. */
export function imagesFor(data: InputArtifact, { description, history }: Model): SplitImages {
  const { validation: count = 0, seed } = history.training;
  const validation = count === 0 ? null : { count, seed };
  const { facts, ...splits } = networkData(data, description.input[0], { validation });
  requireFit(description, facts);
  const { train, validation: held, test } = splits;
  return { train, validation: held ?? subset(train, []), test };
}

/** A model of a user's own, or of another data set. */
function requireFit({ input, classes }: ModelDescription, facts: ImageFacts): void {
  const [height, width, channels] = input;
  const advice = 'give it the data that the model was trained on, or another model';
  if (height !== width || channels !== facts.channels) {
    throw new StageError(
      `the model takes inputs of ${height} x ${width} x ${channels}, which can't be made of the images of ${facts.title} (${facts.height} x ${facts.width} x ${facts.channels})`,
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

/** Validation is empty where no images are held out. */
export type SplitImages = Readonly<Record<'train' | 'validation' | 'test', Samples>>;
