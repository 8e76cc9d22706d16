/** Replaces dense layers of a model by smaller ones, with a method that uses second moments of their inputs. */
import { cxBound } from '../../linalg/cx-bound.ts';
import { factorizationError, relativeOptimum } from '../../linalg/errors.ts';

import type { CompressionOptions, Factorization } from '../../linalg/methods/compression-method.ts';
import type { FittedMethod } from '../../linalg/methods/fitted/index.ts';
import { relativeOutputError } from '../../linalg/moments/output-error.ts';
import { storedFactors } from '../../linalg/stored.ts';
import { type Replacement, replaceLayers } from '../../nn/factored/replacement.ts';
import type { Network } from '../../nn/model/weights.ts';
import type { InputArtifact } from '../../runner/index.ts';
import { chosenRanks, type RanksAsked } from './chosen-ranks.ts';
import type { CompressedModel } from './compress-model.ts';
import {
  biasesIn,
  type CompressibleLayer,
  compressibleDense,
  weightsIn,
} from './compressible-layers.ts';
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
  let [before, after] = [0, 0];
  for (const [i, layer] of layers.entries()) {
    progress(i / layers.length, layer.name);
    const rank = ranks.get(layer.name);
    const { name, kind, rows: m, cols: n } = layer;
    if (rank === undefined) {
      const parameters = m * n + layer.biases;
      rows.push({ name, kind, rows: m, cols: n, parameters, ...NOT_FACTORED });
      continue;
    }
    const { replacement, ...found } = fitLayer(layer, rank, known, plan);
    const parameters = weightsIn(replacement);
    before += m * n;
    after += parameters - biasesIn(replacement);
    replacements.set(name, replacement);
    rows.push({ name, kind, rows: m, cols: n, parameters, ...found });
  }
  const achieved = after === 0 ? 1 : before / after;
  return { ...replaceLayers(model, replacements), layers: rows, achieved };
}

const NOT_FACTORED = { rank: null, relativeError: null, optimalError: null } as const;

type Fitted = Pick<
  MeasuredRow,
  'rank' | 'relativeError' | 'optimalError' | 'approximate' | 'bound' | 'outputError'
> & { readonly replacement: Replacement };

function fitLayer(
  layer: CompressibleLayer,
  rank: number,
  known: Known,
  { method, form }: FitPlan,
): Fitted {
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
  const { columns, rows } = factorization;
  return {
    replacement,
    rank: factorization.rank,
    relativeError: factorizationError(layer.matrix(), factorization),
    optimalError: relativeOptimum(factors, factorization.rank),
    ...(factors.iterated && { approximate: true }),
    bound: columns && !rows ? cxBound(factors, columns) : null,
    outputError: outputErrorOf(layer, factorization, momentsOf),
  };
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
