/**
 * The ranks that a compression without a budget requests from its method. They are computed from the sizes of the
 * layers and, for a share of the energy, from their singular values. A model can end up with other ranks: the SVD has no
 * more than the numerical rank of a layer, and leverage sampling keeps a random number of columns.
 */
import { energyRanks } from '../../linalg/allocation/energy.ts';
import { type Ranks, spectralChoice } from '../../linalg/allocation/layer-choice.ts';
import type { LayerFactors } from '../../linalg/factors.ts';
import type { CompressionMethod } from '../../linalg/methods/compression-method.ts';
import {
  factoredParameters,
  interpolativeParameters,
  rankForInterpolative,
  rankForRate,
  rankForThreeFactors,
  threeFactorParameters,
} from '../../linalg/rank.ts';
import { StageError } from '../../runner/index.ts';

export interface RanksAsked {
  readonly rate: number | null;
  readonly rank: number | null;
  readonly energy: number | null;
  readonly allocation: 'uniform' | 'budget';
  readonly form: string | null;
}

export interface SizedLayer {
  readonly name: string;
  readonly kind: 'dense' | 'convolution';
  readonly rows: number;
  readonly cols: number;
  /** Whether this layer computes the classes. */
  readonly last: boolean;
}

type Spectrum = Pick<LayerFactors, 'rows' | 'cols' | 's' | 'squaredNorm'>;

/** A layer without a rank is not factored. `spectrumOf` is called only if singular values matter. */
export function chosenRanks(
  layers: readonly SizedLayer[],
  asked: RanksAsked,
  method: Pick<CompressionMethod, 'rounding' | 'lastLayer'>,
  spectrumOf: (layer: SizedLayer) => Spectrum,
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

function innerRanks(
  layers: readonly SizedLayer[],
  { rate, rank, energy, form }: RanksAsked,
  method: Pick<CompressionMethod, 'rounding' | 'lastLayer'>,
  spectrumOf: (layer: SizedLayer) => Spectrum,
): Ranks {
  if (rank !== null) {
    return new Map(layers.map(({ name, rows, cols }) => [name, Math.min(rank, rows, cols)]));
  }
  if (energy === null) return uniform(layers, rate!, form, method);
  const choices = layers.map((layer) => {
    const { parameters } = countedAs(form, layer);
    return spectralChoice(layer.name, spectrumOf(layer), (k) =>
      parameters(layer.rows, layer.cols, k),
    );
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
    const rank = rankFor(m, n, rate, rounding);
    if (lastLayer === 'factor' || parameters(m, n, rank) < m * n) ranks.set(name, rank);
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
    return (m * n) / countedAs(form, layer).parameters(m, n, 1);
  });
  return Math.max(...rates);
}

/**
 * The rate of a rank and the cost of a rank, in the stored form. Convolutions have no interpolating layer, so
 * the identity of an interpolation is stored.
 */
export function countedAs(form: string | null, { kind }: Pick<SizedLayer, 'kind'>) {
  if (form === 'cur-three')
    return { rankFor: rankForThreeFactors, parameters: threeFactorParameters };
  if (form === 'interpolative' && kind === 'dense') {
    return { rankFor: rankForInterpolative, parameters: interpolativeParameters };
  }
  return { rankFor: rankForRate, parameters: factoredParameters };
}
