/**
 * Images of one size, as the files of a data set hold them: bytes that are not scaled, resized or normalised.
 * `preprocess` turns them into the input of a network.
 */
export interface PixelSet {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** NHWC: channel c of pixel (y, x) of image n is at ((n * height + y) * width + x) * channels + c. */
  readonly pixels: Uint8Array;
}

/** With labels. */
export interface ImageSet extends PixelSet {
  readonly classes: number;
  /** One class index per image, each below `classes`. */
  readonly labels: Uint8Array;
}
