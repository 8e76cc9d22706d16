/**
 * The ranks that a compression without a budget requests from its method. They are computed from the sizes of the
 * layers and, for a share of the energy, from their singular values. A model can end up with other ranks: the SVD has no
 * more than the numerical rank of a layer, and leverage sampling keeps a random number of columns.
 */
import { energyRanks } from '../../../linalg/allocation/energy.ts';
import { type Ranks, spectralChoice } from '../../../linalg/allocation/layer-choice.ts';
import type { LayerFactors } from '../../../linalg/factors.ts';
import type { CompressionMethod } from '../../../linalg/methods/compression-method.ts';
import {
  factoredParameters,
  interpolativeParameters,
  type Rounding,
  rankForInterpolative,
  rankForRate,
  rankForThreeFactors,
  threeFactorParameters,
} from '../../../linalg/rank.ts';
import { StageError } from '../../../runner/index.ts';

export interface RanksAsked {
  readonly rate: number | null;
  readonly rank: number | null;
  readonly energy: number | null;
  readonly allocation: 'uniform' | 'budget';
  readonly form: string | null;
}

interface Sized {
  readonly kind: 'dense' | 'convolution';
  readonly rows: number;
  readonly cols: number;
  /** One for each group. The default is one. */
  readonly matrices?: readonly unknown[];
}

export interface SizedLayer extends Sized {
  readonly name: string;
  /** Whether this layer computes the classes. */
  readonly last: boolean;
}

export type Spectrum = Pick<LayerFactors, 'rows' | 'cols' | 's' | 'squaredNorm'>;

/**
 * All groups of a layer have its rank. A layer without a rank is not factored. `spectrumOf` is called only if singular
 * values matter. For a layer with groups, singular value i is the norm of those of all groups at i.
 */
export function chosenRanks<L extends SizedLayer>(
  layers: readonly L[],
  asked: RanksAsked,
  method: Pick<CompressionMethod, 'rounding' | 'lastLayer'>,
  spectrumOf: (layer: L) => Spectrum,
): Ranks {
  const inner = layers.filter(({ last }) => !last);
  return new Map([...innerRanks(inner, asked, method, spectrumOf), ...lastRank(layers, method)]);
}

/** The rank of the layer that computes the classes, if it is factored. */
export function lastRank(
  layers: readonly SizedLayer[],
  { lastLayer }: Pick<CompressionMethod, 'lastLayer'>,
): Ranks {
  const last = layers.filter((layer) => layer.last && lastLayer === 'factor');
  return new Map(last.map(({ name, rows, cols }) => [name, Math.min(rows, cols)]));
}

function innerRanks<L extends SizedLayer>(
  layers: readonly L[],
  { rate, rank, energy, form }: RanksAsked,
  method: Pick<CompressionMethod, 'rounding' | 'lastLayer'>,
  spectrumOf: (layer: L) => Spectrum,
): Ranks {
  if (rank !== null) {
    return new Map(
      layers.map((layer) => [layer.name, Math.min(rank, rowsOfGroup(layer), layer.cols)]),
    );
  }
  if (energy === null) return uniform(layers, rate!, form, method);
  const choices = layers.map((layer) => {
    const { parameters } = countedAs(form, layer);
    return spectralChoice(layer.name, spectrumOf(layer), parameters, layer.rows * layer.cols);
  });
  return energyRanks(choices, energy).ranks;
}

/** Leaves out layers that would not shrink. The published experiment let them grow. */
function uniform(
  layers: readonly SizedLayer[],
  rate: number,
  form: string | null,
  { rounding, lastLayer }: Pick<CompressionMethod, 'rounding' | 'lastLayer'>,
): Ranks {
  const largest = largestRate(layers, form);
  if (rate > largest) throw tooLargeRate(rate, largest);
  const ranks = new Map<string, number>();
  for (const layer of layers) {
    const { name, rows: m, cols: n } = layer;
    const { rankFor, parameters } = countedAs(form, layer);
    const rank = rankFor(rate, rounding);
    if (lastLayer === 'factor' || parameters(rank) < m * n) ranks.set(name, rank);
  }
  return ranks;
}

export function tooLargeRate(rate: number, largest: number): StageError {
  const most = Math.floor(10 * largest) / 10;
  return new StageError(
    `no layer can have a rate of ${rate}: even rank 1 has a rate of only ${most}`,
    `use a rate of ${most} or less`,
  );
}

/** The largest rate that rank 1 has in any layer. No layer can reach a rate above it. */
export function largestRate(layers: readonly SizedLayer[], form: string | null): number {
  if (layers.length === 0) return Number.POSITIVE_INFINITY;
  const rates = layers.map((layer) => {
    const { rows: m, cols: n } = layer;
    return (m * n) / countedAs(form, layer).parameters(1);
  });
  return Math.max(...rates);
}

/**
 * The rate of a rank and the cost of a rank, in the stored form. Convolutions have no interpolating layer, so
 * the identity of an interpolation is stored.
 */
export function countedAs(form: string | null, layer: Sized) {
  const { rankFor, parameters } = countsOf(form, layer);
  const [m, n] = [rowsOfGroup(layer), layer.cols];
  return {
    rankFor: (rate: number, rounding: Rounding) => rankFor(m, n, rate, rounding),
    parameters: (rank: number) => (layer.rows / m) * parameters(m, n, rank),
  };
}

function countsOf(form: string | null, { kind }: Sized) {
  if (form === 'cur-three')
    return { rankFor: rankForThreeFactors, parameters: threeFactorParameters };
  if (form === 'interpolative' && kind === 'dense') {
    return { rankFor: rankForInterpolative, parameters: interpolativeParameters };
  }
  return { rankFor: rankForRate, parameters: factoredParameters };
}

function rowsOfGroup({ rows, matrices }: Sized): number {
  return rows / (matrices?.length ?? 1);
}
