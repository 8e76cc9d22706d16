/**
 * Labelled samples that a network reads by index.
 *
 * The only interface between the data sets and the training loop. An implementation decides where the pixels are
 * (bytes, activations kept from an earlier pass) and how they are processed.
 */
export interface Samples {
  readonly count: number;
  /** Shape of one sample as the input of the network: [height, width, channels] or [features]. */
  readonly shape: readonly number[];
  readonly classes: number;
  /** One class index per sample. */
  readonly labels: Uint8Array;
  /** Writes the samples at `indices` one after the other, row-major, into `out`. */
  fill(indices: ArrayLike<number>, out: Float32Array): void;
}
