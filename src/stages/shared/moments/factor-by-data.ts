/** Factors dense layers such that their outputs are near, by second moments of their inputs. */
import { cxBound } from '../../../linalg/cx-bound.ts';
import { factorizationError, relativeOptimum } from '../../../linalg/errors.ts';
import type { Matrix } from '../../../linalg/matrix.ts';
import type {
  CompressionOptions,
  Factorization,
} from '../../../linalg/methods/compression-method.ts';
import type { FittedMethod } from '../../../linalg/methods/fitted/index.ts';
import { relativeOutputError } from '../../../linalg/moments/output-error.ts';
import type { OutputError } from '../../../nn/model/history.ts';
import type { InputArtifact } from '../../../runner/index.ts';
import type { Factoring } from '../compression/compress-layer.ts';
import { readFactors, weightDigest } from '../compression/factor-files.ts';
import { readMoments, readWhitened } from './moment-files.ts';

/** Data computed from the model beforehand. */
export interface KnownMoments {
  readonly factors: InputArtifact;
  readonly moments: InputArtifact;
}

export interface Asked {
  readonly method: FittedMethod;
  readonly form: NonNullable<CompressionOptions['form']> | null;
}

export function byData(known: KnownMoments, { method, form }: Asked): Factoring {
  return {
    name: method.name,
    // Ranks for an energy or a budget: of the outputs, not of the weights.
    spectrumOf: ({ name, matrices }) =>
      readWhitened(known.moments, name, weightDigest(matrices[0]!.matrix())),
    factor: async ({ name, cols, matrices }, group, rank) => {
      const { matrix, factors: of } = matrices[group]!;
      const weight = weightDigest(matrix());
      const factors = readFactors(known.factors, of, rank, { port: 'factors', weight });
      const momentsOf = (part: 'calibration' | 'heldOut') =>
        readMoments(known.moments, name, part, cols);
      const given = {
        weight: matrix,
        factors,
        whitened: readWhitened(known.moments, name, weight),
        moments: () => momentsOf('calibration')!,
      };
      return {
        factorization: method.fit(given, rank, { ...(form && { form }) }),
        squaredNorm: factors.squaredNorm,
        measure: (stored) => {
          const { rank: found, columns, rows } = stored;
          return {
            relativeError: factorizationError(matrix(), stored),
            optimalError: relativeOptimum(factors, found),
            ...(factors.iterated && ({ approximate: true } as const)),
            bound: columns && !rows ? cxBound(factors, columns) : null,
            outputError: outputErrorOf(matrix(), stored, momentsOf),
          };
        },
      };
    },
  };
}

function outputErrorOf(
  weight: Matrix,
  stored: Factorization,
  momentsOf: (part: 'calibration' | 'heldOut') => ReturnType<typeof readMoments>,
): OutputError {
  const errorOn = (part: 'calibration' | 'heldOut') => {
    const moments = momentsOf(part);
    return moments && relativeOutputError(weight, stored, moments);
  };
  return { calibration: errorOn('calibration')!, heldOut: errorOn('heldOut') };
}
