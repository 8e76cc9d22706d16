/** Factors one layer, and measures what is stored. A convolution with groups has one matrix for each of them. */
import type { Factorization } from '../../linalg/methods/compression-method.ts';
import { storedFactors } from '../../linalg/stored.ts';
import type { LayerRow } from '../../nn/model/history.ts';
import type { Spectrum } from './chosen-ranks.ts';
import { checkFactors } from './finite-models.ts';
import {
  type CompressibleLayer,
  type StoredFactors,
  weightsIn,
} from './models/compressible-layer.ts';
import { withEqualRanks } from './models/equal-ranks.ts';

/** How the matrices of layers are factored. */
export interface Factoring {
  /** The name of the method, for errors. */
  readonly name: string;
  /** Called only if singular values decide the ranks. `group`: the number of the matrix. */
  spectrumOf(layer: CompressibleLayer, group: number): Spectrum;
  factor(layer: CompressibleLayer, group: number, rank: number): Promise<FactoredMatrix>;
}

export interface FactoredMatrix {
  /** Before it is rounded. */
  readonly factorization: Factorization;
  /** ||A||_F^2. */
  readonly squaredNorm: number;
  /** The errors of the factors as they are stored. */
  measure(stored: Factorization): MatrixErrors;
}

export interface MatrixErrors extends Pick<LayerRow, 'approximate' | 'bound' | 'outputError'> {
  readonly relativeError: number;
  readonly optimalError: number;
}

export interface CompressedLayer<R> {
  readonly replacement: R;
  readonly row: LayerRow;
}

export async function compressLayer<R extends StoredFactors>(
  layer: CompressibleLayer<R>,
  rank: number,
  factoring: Factoring,
): Promise<CompressedLayer<R>> {
  const matrices: FactoredMatrix[] = [];
  for (const group of layer.matrices.keys()) {
    matrices.push(await factoring.factor(layer, group, rank));
  }
  const stored = withEqualRanks(
    matrices.map(({ factorization }) => {
      const float32 = storedFactors(factorization);
      return layer.round?.(float32) ?? float32;
    }),
  );
  const replacement = layer.replace(stored);
  const found = stored[0]!.rank;
  checkFactors(replacement, `${layer.name} by ${factoring.name} at rank ${found}`);
  const { name, kind, rows, cols } = layer;
  const size = { name, kind, rows, cols, parameters: weightsIn(replacement), rank: found };
  const errors = matrices.map(({ measure }, group) => measure(stored[group]!));
  const norms = matrices.map(({ squaredNorm }) => squaredNorm);
  return { replacement, row: { ...size, ...together(errors, norms) } };
}

/** The errors of several matrices as one, from those of each. */
function together(errors: readonly MatrixErrors[], squaredNorms: readonly number[]): MatrixErrors {
  const [first] = errors as readonly [MatrixErrors];
  if (errors.length === 1) return first;
  const all = (values: readonly number[]) => {
    const lost = values.map((error, i) => (error === 0 ? 0 : error ** 2 * squaredNorms[i]!));
    return sum(lost) === 0 ? 0 : Math.sqrt(sum(lost) / sum(squaredNorms));
  };
  const bounds = errors.flatMap(({ bound }) => bound ?? []);
  return {
    relativeError: all(errors.map(({ relativeError }) => relativeError)),
    optimalError: all(errors.map(({ optimalError }) => optimalError)),
    ...(errors.some(({ approximate }) => approximate) && ({ approximate: true } as const)),
    bound: bounds.length === errors.length ? all(bounds) : null,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
