/** The result of a decoder of one image format: the image, or the reason why it can't be decoded. */
export interface DecodedImage {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** Channel c of pixel (y, x) is at (y * width + x) * channels + c. */
  readonly pixels: Uint8Array;
}

/** The reason why an image can't be decoded: the end of a sentence that begins with the file, and advice. */
export interface Refusal {
  readonly refused: string;
  readonly advice: string;
}
