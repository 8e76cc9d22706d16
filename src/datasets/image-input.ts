/** How images become the input of a model from elsewhere, as the user declares it. */
import type { Fit } from './fitting.ts';
import type { Interpolation } from './shrink.ts';

export interface ImageInput {
  /** Of the model's input, in pixels; null: that of the images after `resize` and `crop`. */
  readonly size: number | readonly [height: number, width: number] | null;
  readonly resize: Fit['resize'];
  readonly crop: number | null;
  readonly interpolation: Interpolation;
  readonly layout: 'nchw' | 'nhwc';
  readonly channels: 'rgb' | 'bgr' | 'gray';
  /** Bytes are divided by this first. */
  readonly scale: number;
  /** In the order of `channels`, after the division. One number is for all channels. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}
