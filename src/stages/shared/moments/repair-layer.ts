/** Computes the right factor of a layer again, from the inputs that the layer gets in both models. */
import { factorizationError } from '../../../linalg/errors.ts';
import type { Matrix } from '../../../linalg/matrix.ts';
import { pairedMoments, samePairs } from '../../../linalg/moments/paired-moments.ts';
import {
  errorOn,
  type LayerToRepair,
  type PairedMoments,
  repairRight,
} from '../../../linalg/moments/repair.ts';
import type { LayerRow, ModelHistory, OutputError } from '../../../nn/model/history.ts';
import { StageError } from '../../../runner/index.ts';
import { momentsOf, pairedBatches, sameBatches } from './layer-moments.ts';

/** Samples that the layer is fitted to, and others that choose the ridge. */
export type Part = 'calibration' | 'heldOut';

/** The inputs of a layer, in the same order and batches. They can be read more than once. */
export interface BothInputs {
  original(part: Part): AsyncIterable<Matrix>;
  compressed(part: Part): AsyncIterable<Matrix>;
}

export interface RepairedLayer {
  readonly name: string;
  /** With the layers before it repaired already. */
  readonly before: OutputError;
  readonly after: OutputError;
  /** Null if the factor is unchanged. */
  readonly ridge: number | null;
  /** ||A - A'||_F / ||A||_F. */
  readonly relativeError: number;
}

/** The layer has too many inputs. `changed`: whether they differ from the original ones. */
export interface TooManyInputs {
  readonly changed: boolean;
}

/** The moments of both inputs side by side take 512 MiB, and so do those of one input that did not change. */
export const MOST_INPUTS = 4096;
const MOST_ALONE = 8192;

/** @param stored the factor after it is stored and read again */
export async function repairLayer(
  name: string,
  given: LayerToRepair,
  inputs: BothInputs,
  stored: (right: Matrix) => Matrix,
): Promise<{ readonly layer: RepairedLayer; readonly right: Matrix } | TooManyInputs> {
  const n = given.right.cols;
  // Nothing before the first factored layer has changed, so its inputs are the same.
  const same = (part: Part) => sameBatches(inputs.original(part), inputs.compressed(part));
  const areSame = (await same('calibration')) && (await same('heldOut'));
  if (n > (areSame ? MOST_ALONE : MOST_INPUTS)) return { changed: !areSame };
  const on = async (part: Part): Promise<PairedMoments> => {
    if (areSame) return samePairs(await momentsOf(n, inputs.original(part)));
    const both = pairedBatches(inputs.original(part), inputs.compressed(part));
    return pairedMoments(await momentsOf(2 * n, both));
  };
  const [calibration, heldOut] = [await on('calibration'), await on('heldOut')];
  const errors = { calibration: errorOn(given, calibration), heldOut: errorOn(given, heldOut) };
  const errorsOf = (right: Matrix): OutputError => ({
    calibration: errors.calibration(right),
    heldOut: errors.heldOut(right),
  });
  const { right, ridge } = repairRight(given, calibration, errors, stored);
  const layer = {
    ...{ name, ridge, before: errorsOf(given.right), after: errorsOf(right) },
    relativeError: factorizationError(given.weight, { left: given.left, right }),
  };
  return { layer, right };
}

/** Undefined if it is zero. */
export function biasDifference(
  original: ArrayLike<number> | undefined,
  compressed: ArrayLike<number> | undefined,
): Float64Array | undefined {
  const longer = original ?? compressed;
  if (longer === undefined) return undefined;
  const difference = Float64Array.from(
    longer,
    (_, i) => (original?.[i] ?? 0) - (compressed?.[i] ?? 0),
  );
  return difference.every((value) => value === 0) ? undefined : difference;
}

export function requireHeldOut(heldOut: number, calibration: number): void {
  if (heldOut > 0) return;
  throw new StageError(
    `there are only ${calibration} training samples, and none is left to measure the repair`,
    'use at least four',
  );
}

/** A rate of a sweep can be so low that compression leaves each layer whole. Then no layer needs a repair. */
export function requireFactors({ compression }: ModelHistory, repairable: number): void {
  if (repairable > 0 || compression?.layers.every(({ rank }) => rank === null)) return;
  throw new StageError(
    'its input "model" has no factored dense layers that can be repaired',
    'use the output of a stage of the type "decompose" or "fit", in another form than "interpolative"',
  );
}

/** A repaired result is that of another method, so it does not count as a draw of the first one. */
export function repairedHistory(
  history: ModelHistory,
  layers: readonly RepairedLayer[],
): ModelHistory {
  const { compression } = history;
  if (compression === undefined) return history;
  const rowOf = (row: LayerRow): LayerRow => {
    const found = layers.find(({ name }) => name === row.name);
    if (found === undefined) return row;
    return { ...row, relativeError: found.relativeError, bound: null, outputError: found.after };
  };
  return {
    ...history,
    compression: {
      ...compression,
      method: `${compression.method} repaired`,
      label: `${compression.label}, repaired`,
      layers: compression.layers.map(rowOf),
    },
  };
}
