/** Writes a model with layers replaced by chains of smaller layers. */
import type { OnnxFile } from './open.ts';

/**
 * A layer of the chain that replaces a layer. Parts act in order; the last one keeps the bias.
 *
 * Dense: `shape` is [outputs, inputs]. Convolution: it is [outputs, inputs / groups, ...kernel], and `keeps` says for
 * each spatial axis whether this part has the extent, stride, dilation and padding of the layer there. Otherwise its
 * extent and stride there are 1.
 */
export interface ReplacementPart {
  readonly suffix: 'right' | 'core' | 'left';
  readonly shape: readonly number[];
  readonly data: Float32Array;
  readonly keeps?: readonly boolean[];
  /** Of this part. 1 if absent. */
  readonly groups?: number;
}

export interface OnnxReplacement {
  readonly parts: readonly ReplacementPart[];
  /** One value per output, which is added to the bias of the layer, or is a new one. */
  readonly addedBias?: Float32Array;
}

/**
 * Writes `folder`/`name`, and external data beside it. Everything that is not replaced is copied byte by byte.
 *
 * @param replacements by the names of layers
 */
export function writeReplaced(
  file: OnnxFile,
  replacements: ReadonlyMap<string, OnnxReplacement>,
  folder: string,
  name: string,
): void {
  throw new Error(`not yet: ${file.path} ${replacements.size} ${folder} ${name}`);
}
