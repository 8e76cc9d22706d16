/** Factors layers by their weights, with the SVD of each that was computed beforehand. */
import { cxBound } from '../../../linalg/cx-bound.ts';
import { factorizationError, relativeOptimum } from '../../../linalg/errors.ts';
import { isLargeLayer } from '../../../linalg/factors.ts';
import type {
  CompressionMethod,
  CompressionOptions,
} from '../../../linalg/methods/compression-method.ts';
import type { Multiply } from '../../../linalg/multiply.ts';
import { randomStream } from '../../../linalg/random.ts';
import type { InputArtifact } from '../../../runner/index.ts';
import type { CompressibleLayer } from '../layers/compressible-layer.ts';
import type { Factoring } from './compress-layer.ts';
import { readFactors, weightDigest } from './factor-files.ts';
import { readStatistics } from './statistics-files.ts';

/** Data computed from the model beforehand, and the backend. */
export interface Known {
  /** Requested if a layer is large. */
  readonly multiply: () => Promise<Multiply>;
  readonly factors: InputArtifact;
  readonly statistics: InputArtifact | undefined;
}

export interface Asked {
  readonly method: CompressionMethod;
  readonly form: NonNullable<CompressionOptions['form']> | null;
  readonly core: NonNullable<CompressionOptions['core']> | null;
  readonly oversampling: number | null;
  readonly seed: number;
}

export function byWeights(known: Known, asked: Asked): Factoring {
  const { method, seed, form, core, oversampling } = asked;
  const options = {
    ...(form && { form }),
    ...(core && { core }),
    ...(oversampling && { oversampling }),
  };
  const factorsOf = ({ matrices }: CompressibleLayer, group: number, rank: number) =>
    readFactors(known.factors, matrices[group]!.factors, rank);
  return {
    name: method.name,
    spectrumOf: (layer, group) => factorsOf(layer, group, 0),
    factorsOf,
    factor: async (layer, group, rank) => {
      const given = await givenFor(layer, group, rank, known);
      const { weight, factors, multiply } = given;
      const names = [method.stream ?? method.name, layer.name];
      if (layer.matrices.length > 1) names.push(`${group}`);
      const random = randomStream(seed, 'decompose', ...names);
      return {
        factorization: method.compress(given, rank, random, options),
        squaredNorm: factors.squaredNorm,
        measure: (stored) => {
          const errors = {
            relativeError: factorizationError(weight(), stored, multiply),
            optimalError: relativeOptimum(factors, stored.rank),
            ...(factors.iterated && ({ approximate: true } as const)),
          };
          if (method.family === 'svd' && !method.needsStatistics) {
            return { ...errors, bound: errors.optimalError };
          }
          // Proved only if the columns decide everything, and the rest is least squares.
          const { columns, rows } = stored;
          return { ...errors, bound: columns && !rows ? cxBound(factors, columns) : null };
        },
      };
    },
  };
}

async function givenFor(layer: CompressibleLayer, group: number, rank: number, known: Known) {
  const { matrix, factors: name } = layer.matrices[group]!;
  const weight = weightDigest(matrix());
  const factors = readFactors(known.factors, name, rank, { port: 'factors', weight });
  const statistics =
    known.statistics && layer.kind === 'dense' && !layer.last
      ? readStatistics(known.statistics, layer.name, rank, weight)
      : undefined;
  const isLarge = isLargeLayer(layer.rows / layer.matrices.length, layer.cols);
  const multiply = isLarge ? await known.multiply() : undefined;
  return {
    weight: matrix,
    factors,
    ...(statistics && { statistics }),
    ...(multiply && { multiply }),
  };
}
