/** Factors dense layers such that their outputs are near, by second moments of their inputs. */
import { cxBound } from '../../linalg/cx-bound.ts';
import { factorizationError, relativeOptimum } from '../../linalg/errors.ts';
import type { CompressionOptions, Factorization } from '../../linalg/methods/compression-method.ts';
import type { FittedMethod } from '../../linalg/methods/fitted/index.ts';
import { relativeOutputError } from '../../linalg/moments/output-error.ts';
import type { OutputError } from '../../nn/model/history.ts';
import type { InputArtifact } from '../../runner/index.ts';
import type { Factoring } from './compress-layers.ts';
import { readFactors, weightDigest } from './factor-files.ts';
import type { CompressibleLayer } from './models/compressible-layer.ts';
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
    // Ranks for an energy or a budget: of the outputs, not of the weights.
    spectrumOf: ({ name, matrix }) => readWhitened(known.moments, name, weightDigest(matrix())),
    factor: async (layer, rank) => {
      const weight = weightDigest(layer.matrix());
      const factors = readFactors(known.factors, layer.factors, rank, { port: 'factors', weight });
      const momentsOf = (part: 'calibration' | 'heldOut') =>
        readMoments(known.moments, layer.name, part, layer.cols);
      const given = {
        weight: layer.matrix,
        factors,
        whitened: readWhitened(known.moments, layer.name, weight),
        moments: () => momentsOf('calibration')!,
      };
      return {
        factorization: method.fit(given, rank, { ...(form && { form }) }),
        measure: (stored) => {
          const { rank: found, columns, rows } = stored;
          return {
            relativeError: factorizationError(layer.matrix(), stored),
            optimalError: relativeOptimum(factors, found),
            ...(factors.iterated && ({ approximate: true } as const)),
            bound: columns && !rows ? cxBound(factors, columns) : null,
            outputError: outputErrorOf(layer, stored, momentsOf),
          };
        },
      };
    },
  };
}

function outputErrorOf(
  layer: CompressibleLayer,
  stored: Factorization,
  momentsOf: (part: 'calibration' | 'heldOut') => ReturnType<typeof readMoments>,
): OutputError {
  const errorOn = (part: 'calibration' | 'heldOut') => {
    const moments = momentsOf(part);
    return moments && relativeOutputError(layer.matrix(), stored, moments);
  };
  return { calibration: errorOn('calibration')!, heldOut: errorOn('heldOut') };
}
