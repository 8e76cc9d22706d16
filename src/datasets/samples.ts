/**
 * Labelled samples that a network reads by index.
 *
 * The one seam between the data sets and the training loop: its implementation decides where the
 * pixels are (raw bytes, activations kept from an earlier pass) and what is done to them on the way.
 */
export interface Samples {
  readonly count: number;
  /** Shape of one sample as the network sees it: [height, width, channels] or [features]. */
  readonly shape: readonly number[];
  readonly classes: number;
  /** One class index per sample. */
  readonly labels: Uint8Array;
  /** Writes the samples at `indices` one after the other, row-major, into `out`. */
  fill(indices: ArrayLike<number>, out: Float32Array): void;
}
