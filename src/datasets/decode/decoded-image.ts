/** What a decoder of one image format gives: the image, or why it has none. */
export interface DecodedImage {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** Channel c of pixel (y, x) is at (y * width + x) * channels + c. */
  readonly pixels: Uint8Array;
}

/** What a decoder can't take: the end of a sentence that begins with the file, and what to do. */
export interface Refusal {
  readonly refused: string;
  readonly advice: string;
}
