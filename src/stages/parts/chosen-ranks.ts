/**
 * The ranks that a compression asks its method for, from the sizes of the layers and, where errors are to
 * be balanced, their singular values. The SVD has no more than the numerical rank of a layer, and
 * leverage sampling keeps a random number, so a model can end up with others.
 */
import { budgetRanks } from '../../linalg/allocation/budget.ts';
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
import { StageError } from '../../runner/graph/stage-type.ts';

export interface RanksAsked {
  readonly rate: number | null;
  readonly rank: number | null;
  readonly energy: number | null;
  readonly allocation: 'uniform' | 'budget';
  readonly form: string | null;
}

export interface SizedLayer {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  /** Whether it gives the classes. */
  readonly last: boolean;
}

type Spectrum = Pick<LayerFactors, 'rows' | 'cols' | 's' | 'squaredNorm'>;

/** A layer that has no rank stays whole. `spectrumOf` is called where singular values matter. */
export function chosenRanks(
  layers: readonly SizedLayer[],
  asked: RanksAsked,
  method: Pick<CompressionMethod, 'rounding' | 'lastLayer'>,
  spectrumOf: (layer: SizedLayer) => Spectrum,
): Ranks {
  const inner = layers.filter(({ last }) => !last);
  const ranks = new Map(innerRanks(inner, asked, method, spectrumOf));
  const last = layers.find((layer) => layer.last);
  if (last && method.lastLayer === 'factor') ranks.set(last.name, Math.min(last.rows, last.cols));
  return ranks;
}

function innerRanks(
  layers: readonly SizedLayer[],
  { rate, rank, energy, allocation, form }: RanksAsked,
  method: Pick<CompressionMethod, 'rounding' | 'lastLayer'>,
  spectrumOf: (layer: SizedLayer) => Spectrum,
): Ranks {
  if (rank !== null) {
    return new Map(layers.map(({ name, rows, cols }) => [name, Math.min(rank, rows, cols)]));
  }
  if (energy === null && allocation === 'uniform') {
    return uniform(layers, rate!, form, method);
  }
  const { parameters } = countedAs(form);
  const choices = layers.map((layer) =>
    spectralChoice(layer.name, spectrumOf(layer), (k) => parameters(layer.rows, layer.cols, k)),
  );
  if (energy !== null) return energyRanks(choices, energy).ranks;
  const whole = choices.reduce((sum, choice) => sum + choice.whole, 0);
  const shared = budgetRanks(choices, Math.floor(whole / rate!));
  if (shared) return shared.ranks;
  throw new StageError(
    `a rate of ${rate} leaves less than rank 1 for each layer`,
    'ask for a smaller rate',
  );
}

/** Never a layer that does not shrink by it; but the published experiment's grew. */
function uniform(
  layers: readonly SizedLayer[],
  rate: number,
  form: string | null,
  { rounding, lastLayer }: Pick<CompressionMethod, 'rounding' | 'lastLayer'>,
): Ranks {
  const { rankFor, parameters } = countedAs(form);
  const ranks = new Map<string, number>();
  for (const { name, rows: m, cols: n } of layers) {
    const rank = rankFor(m, n, rate, rounding);
    if (lastLayer === 'factor' || parameters(m, n, rank) < m * n) ranks.set(name, rank);
  }
  return ranks;
}

/** What a rate buys and a rank costs, in the form that is stored. */
function countedAs(form: string | null) {
  if (form === 'cur-three')
    return { rankFor: rankForThreeFactors, parameters: threeFactorParameters };
  if (form === 'interpolative') {
    return { rankFor: rankForInterpolative, parameters: interpolativeParameters };
  }
  return { rankFor: rankForRate, parameters: factoredParameters };
}
