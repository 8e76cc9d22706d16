/** Factors one layer or stores it in 8 bits, and measures what is stored. A convolution with groups has one matrix for each of them. */
import type { LayerFactors } from '../../../linalg/factors.ts';
import type { Factorization } from '../../../linalg/methods/compression-method.ts';
import { storedFactors } from '../../../linalg/stored.ts';
import type { LayerRow } from '../../../nn/model/history.ts';
import {
  type CompressibleLayer,
  type StoredFactors,
  weightsIn,
} from '../layers/compressible-layer.ts';
import { checkFactors } from '../models/finite-models.ts';
import type { LayerForm } from '../ranks/chosen-forms.ts';
import type { Spectrum } from '../ranks/chosen-ranks.ts';
import { withEqualRanks } from '../ranks/equal-ranks.ts';

/** How the matrices of layers are factored. */
export interface Factoring {
  /** The name of the method, for errors. */
  readonly name: string;
  /** Called only if singular values decide the ranks. `group`: the number of the matrix. */
  spectrumOf(layer: CompressibleLayer, group: number): Spectrum;
  /** The SVD of the weights, with singular vectors up to a rank. Needed only if a budget chooses layers in 8 bits. */
  factorsOf?(layer: CompressibleLayer, group: number, rank: number): LayerFactors;
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
  /** Missing if the layer stays as it is. */
  readonly replacement?: R;
  readonly row: LayerRow;
}

/** Without a form, the layer stays as it is. */
export async function compressLayer<R extends StoredFactors>(
  layer: CompressibleLayer<R>,
  form: LayerForm | undefined,
  factoring: Factoring,
): Promise<CompressedLayer<R>> {
  if (form === undefined) return { row: wholeRow(layer) };
  const { rank, int8 } = form;
  return rank === null ? wholeInInt8(layer) : factoredLayer(layer, rank, int8, factoring);
}

function wholeInInt8<R extends StoredFactors>(layer: CompressibleLayer<R>): CompressedLayer<R> {
  const { replacement, relativeError } = layer.inInt8!();
  checkFactors(replacement, `${layer.name} in 8 bits`);
  return { replacement, row: { ...wholeRow(layer), relativeError } };
}

async function factoredLayer<R extends StoredFactors>(
  layer: CompressibleLayer<R>,
  rank: number,
  int8: boolean,
  factoring: Factoring,
): Promise<CompressedLayer<R>> {
  const matrices: FactoredMatrix[] = [];
  for (const group of layer.matrices.keys()) {
    matrices.push(await factoring.factor(layer, group, rank));
  }
  const float32 = withEqualRanks(matrices.map(({ factorization }) => storedFactors(factorization)));
  const stored = float32.map((one) => layer.round?.(one, int8) ?? one);
  const replacement = layer.replace(stored);
  const found = stored[0]!.rank;
  checkFactors(replacement, `${layer.name} by ${factoring.name} at rank ${found}`);
  const errors = matrices.map(({ measure }, group) => measure(stored[group]!));
  const norms = matrices.map(({ squaredNorm }) => squaredNorm);
  const row = {
    ...sizeOf(layer),
    ...{ parameters: weightsIn(replacement), rank: found },
    ...together(errors, norms),
    // Proved for factors in float32.
    ...(stored.some((one, group) => one !== float32[group]) && { bound: null }),
  };
  return { replacement, row };
}

function wholeRow(layer: CompressibleLayer): LayerRow {
  const parameters = layer.rows * layer.cols + layer.biases;
  return { ...sizeOf(layer), parameters, rank: null, relativeError: null, optimalError: null };
}

function sizeOf({ name, kind, rows, cols }: CompressibleLayer) {
  return { name, kind, rows, cols };
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
