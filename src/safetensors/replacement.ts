/** The factors that replace the weight of a layer. */
import type { TensorLayer } from './layers.ts';

/** `data` may be a getter. It is read once, when the part is written. */
export interface TensorPart {
  readonly suffix: 'right' | 'core' | 'left';
  /** [out, in], or [out, in / groups, ...kernel]. */
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /**
   * For each spatial axis, whether the part has the extent, stride, padding and dilation of the convolution there.
   * Otherwise its extent is 1.
   */
  readonly keeps?: readonly boolean[];
  /** Default: 1. */
  readonly groups?: number;
}

export interface TensorReplacement {
  /** In the order in which they act. The last one has the bias. */
  readonly parts: readonly TensorPart[];
  /** One value per output, added to the bias. */
  readonly addedBias?: Float32Array;
}

export interface ReplacedLayer {
  readonly layer: TensorLayer;
  readonly replacement: TensorReplacement;
}
