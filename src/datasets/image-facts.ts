/** The facts of a data set that networks and reports need from any source. */
export interface ImageFacts {
  /** The name in files and commands: one word. */
  readonly name: string;
  /** The name in texts. */
  readonly title: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly classes: number;
  /** Element i is the name of class i. */
  readonly classNames: readonly string[];
  readonly trainCount: number;
  readonly testCount: number;
  /** Per channel over the training images, on the scale [0, 1]. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}
