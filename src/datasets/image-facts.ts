/** What a network and a report must know of a data set, wherever its images came from. */
export interface ImageFacts {
  /** A word for files and commands. */
  readonly name: string;
  /** As people write it. */
  readonly title: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly classes: number;
  /** The name of class i at place i. */
  readonly classNames: readonly string[];
  readonly trainCount: number;
  readonly testCount: number;
  /** Of each channel over the training images, on the scale [0, 1]. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}
