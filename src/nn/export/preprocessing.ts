/**
 * How images become the input of a network, for those who run an exported one. This is what `preprocess` of `datasets/`
 * does: enlarged to the input size, divided by 255, and normalized by the mean and deviation of each channel.
 */
import type { ImageFacts } from '../../datasets/image-facts.ts';
import type { ModelDescription } from '../model/description.ts';

/** What is not known is absent: the statistics and the classes are those of a data set. */
export interface Preprocessing {
  readonly input: {
    /** Height, width. */
    readonly size: readonly [number, number];
    readonly layout: 'nchw';
    readonly channels: 'gray' | 'rgb' | number;
    /** Smaller images are enlarged. */
    readonly interpolation?: 'bilinear';
    /** Bytes are divided by this number first. */
    readonly scale?: number;
    /** One per channel, on the scale [0, 1]. */
    readonly mean?: readonly number[];
    readonly deviation?: readonly number[];
  };
  /** The names of the classes, in the order of the outputs. */
  readonly classes?: readonly string[];
}

export function preprocessingOf(
  { input: [height, width, channels] }: ModelDescription,
  facts: Pick<ImageFacts, 'mean' | 'std' | 'classNames'> | undefined,
): Preprocessing {
  const names = { 1: 'gray', 3: 'rgb' } as const;
  const shape = {
    size: [height, width],
    layout: 'nchw',
    channels: channels === 1 || channels === 3 ? names[channels] : channels,
  } as const;
  if (facts === undefined) return { input: shape };
  const { mean, std, classNames } = facts;
  return {
    input: { ...shape, interpolation: 'bilinear', scale: 255, mean, deviation: std },
    classes: classNames,
  };
}
