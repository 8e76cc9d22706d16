/** Factors one layer with one method, and measures what is stored. */
import { cxBound } from '../../linalg/cx-bound.ts';
import { factorizationError, relativeOptimum } from '../../linalg/errors.ts';
import { isLargeLayer, type LayerFactors } from '../../linalg/factors.ts';
import type {
  CompressionMethod,
  CompressionOptions,
  Factorization,
} from '../../linalg/methods/compression-method.ts';
import type { Multiply } from '../../linalg/multiply.ts';
import { randomStream } from '../../linalg/random.ts';
import { storedFactors } from '../../linalg/stored.ts';
import type { LayerRow } from '../../nn/model/history.ts';
import type { InputArtifact } from '../../runner/index.ts';
import { readFactors, weightDigest } from './factor-files.ts';
import { checkFactors } from './finite-models.ts';
import {
  type CompressibleLayer,
  type StoredFactors,
  weightsIn,
} from './models/compressible-layer.ts';
import { withEqualRanks } from './models/equal-ranks.ts';
import { readStatistics } from './statistics-files.ts';

/** How each layer is factored. */
export interface LayerPlan {
  readonly method: CompressionMethod;
  readonly form: NonNullable<CompressionOptions['form']> | null;
  readonly core: NonNullable<CompressionOptions['core']> | null;
  readonly oversampling: number | null;
  readonly seed: number;
}

/** Data computed from the model beforehand, and the backend. */
export interface Known {
  /** Requested if a layer is large. */
  readonly multiply: () => Promise<Multiply>;
  readonly factors: InputArtifact;
  readonly statistics: InputArtifact | undefined;
}

export interface CompressedLayer<R> {
  readonly replacement: R;
  readonly row: LayerRow;
}

export async function compressLayer<R extends StoredFactors>(
  layer: CompressibleLayer<R>,
  rank: number,
  known: Known,
  plan: LayerPlan,
): Promise<CompressedLayer<R>> {
  const groups: CompressedMatrix[] = [];
  for (const group of layer.matrices.keys()) {
    groups.push(await compressMatrix(layer, group, rank, known, plan));
  }
  const factorizations = withEqualRanks(groups.map(({ factorization }) => factorization));
  const stored = factorizations[0]!.rank;
  const replacement = layer.replace(factorizations);
  checkFactors(replacement, `${layer.name} by ${plan.method.name} at rank ${stored}`);
  const { name, kind, rows, cols } = layer;
  const parameters = weightsIn(replacement);
  const row = { name, kind, rows, cols, parameters, rank: stored };
  return { replacement, row: { ...row, ...errorsOf(groups, stored, plan.method) } };
}

interface CompressedMatrix {
  readonly factors: LayerFactors;
  readonly factorization: Factorization;
  readonly relativeError: number;
}

async function compressMatrix(
  layer: CompressibleLayer,
  group: number,
  rank: number,
  known: Known,
  { method, seed, form, core, oversampling }: LayerPlan,
): Promise<CompressedMatrix> {
  const { matrix, factors: name } = layer.matrices[group]!;
  const { length: groups } = layer.matrices;
  const weight = weightDigest(matrix());
  const factors = readFactors(known.factors, name, rank, { port: 'factors', weight });
  const statistics =
    known.statistics && layer.kind === 'dense' && !layer.last
      ? readStatistics(known.statistics, layer.name, rank, weight)
      : undefined;
  const stream = [method.stream ?? method.name, layer.name, ...(groups > 1 ? [`${group}`] : [])];
  const options = {
    ...(form && { form }),
    ...(core && { core }),
    ...(oversampling && { oversampling }),
  };
  const isLarge = isLargeLayer(layer.rows / groups, layer.cols);
  const multiply = isLarge ? await known.multiply() : undefined;
  const given = {
    weight: matrix,
    factors,
    ...(statistics && { statistics }),
    ...(multiply && { multiply }),
  };
  const random = randomStream(seed, 'decompose', ...stream);
  const float32 = storedFactors(method.compress(given, rank, random, options));
  const factorization = layer.round?.(float32) ?? float32;
  const relativeError = factorizationError(matrix(), factorization, multiply);
  return { factors, factorization, relativeError };
}

/** The error of the weights, its lower bound, and its upper bound. */
function errorsOf(
  groups: readonly CompressedMatrix[],
  rank: number,
  method: CompressionMethod,
): Pick<LayerRow, 'relativeError' | 'optimalError' | 'bound' | 'approximate'> {
  const norms = groups.map(({ factors }) => factors.squaredNorm);
  const errors = {
    relativeError: ofAll(
      groups.map((one) => one.relativeError),
      norms,
    ),
    optimalError: ofAll(
      groups.map(({ factors }) => relativeOptimum(factors, rank)),
      norms,
    ),
    ...(groups.some(({ factors }) => factors.iterated) && ({ approximate: true } as const)),
  };
  if (method.family === 'svd' && !method.needsStatistics) {
    return { ...errors, bound: errors.optimalError };
  }
  const bounds = groups.flatMap((one) => boundOf(one) ?? []);
  return { ...errors, bound: bounds.length === groups.length ? ofAll(bounds, norms) : null };
}

/** Proved only if the columns decide everything, and the rest is least squares. */
function boundOf({ factors, factorization }: CompressedMatrix): number | null {
  const { columns, rows } = factorization;
  return columns && !rows ? cxBound(factors, columns) : null;
}

/** The relative error of several matrices together, from that of each. */
function ofAll(errors: readonly number[], squaredNorms: readonly number[]): number {
  if (errors.length === 1) return errors[0]!;
  const total = squaredNorms.reduce((sum, one) => sum + one, 0);
  const lost = errors.reduce(
    (sum, error, i) => sum + (error === 0 ? 0 : error ** 2 * squaredNorms[i]!),
    0,
  );
  return lost === 0 ? 0 : Math.sqrt(lost / total);
}
