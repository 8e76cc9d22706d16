/** Replaces dense layers of a model by smaller ones, with a method that uses second moments of their inputs. */

import type { CompressionOptions, Factorization } from '../../linalg/methods/compression-method.ts';
import type { FittedMethod } from '../../linalg/methods/fitted/index.ts';
import { relativeOutputError } from '../../linalg/moments/output-error.ts';
import { storedFactors } from '../../linalg/stored.ts';
import { type Replacement, replaceLayers } from '../../nn/factored/replacement.ts';
import type { Network } from '../../nn/model/weights.ts';
import type { InputArtifact } from '../../runner/index.ts';
import { chosenRanks, type RanksAsked } from './chosen-ranks.ts';
import {
  achievedRate,
  type CompressedModel,
  errorsOf,
  sizeOf,
  wholeRow,
} from './compress-model.ts';
import { type CompressibleLayer, compressibleDense, weightsIn } from './compressible-layers.ts';
import { readFactors, weightDigest } from './factor-files.ts';
import { checkFactors } from './finite-models.ts';
import { readMoments, readWhitened } from './moment-files.ts';
import type { MeasuredRow, OutputError } from './output-errors.ts';

export interface FitPlan extends RanksAsked {
  readonly method: FittedMethod;
  readonly form: NonNullable<CompressionOptions['form']> | null;
}

/** Data computed from the model beforehand. */
export interface Known {
  readonly factors: InputArtifact;
  readonly moments: InputArtifact;
}

export interface FittedModel extends CompressedModel {
  readonly layers: readonly MeasuredRow[];
}

export function fitModel(
  model: Network,
  known: Known,
  plan: FitPlan,
  progress: (fraction: number, layer: string) => void,
): FittedModel {
  const layers = compressibleDense(model);
  // Ranks for an energy or a budget: of the outputs, not of the weights.
  const spectrumOf = ({ name }: { readonly name: string }) => {
    const layer = layers.find((one) => one.name === name)!;
    return readWhitened(known.moments, name, weightDigest(layer.matrix()));
  };
  const ranks = chosenRanks(layers, plan, plan.method, spectrumOf);
  const replacements = new Map<string, Replacement>();
  const rows: MeasuredRow[] = [];
  for (const [i, layer] of layers.entries()) {
    progress(i / layers.length, layer.name);
    const rank = ranks.get(layer.name);
    if (rank === undefined) {
      rows.push(wholeRow(layer));
      continue;
    }
    const { replacement, row } = fitLayer(layer, rank, known, plan);
    replacements.set(layer.name, replacement);
    rows.push(row);
  }
  const achieved = achievedRate(rows, replacements);
  return { ...replaceLayers(model, replacements), layers: rows, achieved };
}

function fitLayer(
  layer: CompressibleLayer,
  rank: number,
  known: Known,
  { method, form }: FitPlan,
): { readonly replacement: Replacement; readonly row: MeasuredRow } {
  const weight = weightDigest(layer.matrix());
  const factors = readFactors(known.factors, layer.name, rank, { port: 'factors', weight });
  const momentsOf = (part: 'calibration' | 'heldOut') =>
    readMoments(known.moments, layer.name, part, layer.cols);
  const given = {
    weight: layer.matrix,
    factors,
    whitened: readWhitened(known.moments, layer.name, weight),
    moments: () => momentsOf('calibration')!,
  };
  const factorization = storedFactors(method.fit(given, rank, { ...(form && { form }) }));
  const replacement = layer.replace(factorization);
  checkFactors(replacement, `${layer.name} by ${method.name} at rank ${factorization.rank}`);
  const row = {
    ...sizeOf(layer),
    parameters: weightsIn(replacement),
    rank: factorization.rank,
    // No method here has the error of the weights that the optimum of its rank has.
    ...errorsOf(layer, given, factorization, { family: method.family, needsStatistics: true }),
    outputError: outputErrorOf(layer, factorization, momentsOf),
  };
  return { replacement, row };
}

function outputErrorOf(
  layer: CompressibleLayer,
  factorization: Factorization,
  momentsOf: (part: 'calibration' | 'heldOut') => ReturnType<typeof readMoments>,
): OutputError {
  const errorOn = (part: 'calibration' | 'heldOut') => {
    const moments = momentsOf(part);
    return moments && relativeOutputError(layer.matrix(), factorization, moments);
  };
  return { calibration: errorOn('calibration')!, heldOut: errorOn('heldOut') };
}
