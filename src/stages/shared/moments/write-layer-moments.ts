/** Writes the moments of a layer, and its SVD in the norm of its outputs. */
import type { Matrix } from '../../../linalg/matrix.ts';
import { whitenLayer } from '../../../linalg/moments/whitened.ts';
import { StageError } from '../../../runner/index.ts';
import { weightDigest } from '../compression/factor-files.ts';
import { type LayerMoments, writeMoments, writeWhitened } from './moment-files.ts';

/** Two matrices of this many float64 rows and columns take 1 GiB. */
const MOST_INPUTS = 8192;

export function requireFewInputs(layer: string, inputs: number): void {
  if (inputs <= MOST_INPUTS) return;
  throw new StageError(
    `${layer} has ${inputs} inputs, and second moments are computed for at most ${MOST_INPUTS}`,
    'leave it out with "layers", fold the pool before it (stage type "fold"), or use methods that need no moments',
  );
}

export function writeLayerMoments(
  folder: string,
  layer: string,
  weight: Matrix,
  moments: LayerMoments,
): void {
  writeMoments(folder, layer, moments);
  writeWhitened(folder, layer, whitenLayer(weight, moments.calibration), weightDigest(weight));
}
