/** The forms of all layers that lose least within one budget. */
import { budgetRanks } from '../../../linalg/allocation/budget.ts';
import { int8Candidates } from '../../../linalg/allocation/int8-choice.ts';
import {
  type Allocation,
  type LayerChoice,
  spectralChoice,
} from '../../../linalg/allocation/layer-choice.ts';
import type { LayerFactors } from '../../../linalg/factors.ts';
import { StageError } from '../../../runner/index.ts';
import { unitNames } from '../layers/budget-units.ts';
import type { CompressibleLayer } from '../layers/compressible-layer.ts';
import type { Spectrum } from './chosen-ranks.ts';
import { type CostsAsked, layerCosts } from './layer-costs.ts';

export interface BudgetAsked extends CostsAsked {
  readonly rate: number;
  /** Whether layers are factored. Otherwise they stay whole. */
  readonly factored: boolean;
  /** Whether a layer may be stored in 8 bits. */
  readonly int8: boolean;
}

export interface Spectra {
  /** Of all matrices of a layer together. */
  readonly spectrumOf: (layer: CompressibleLayer) => Spectrum;
  /** Of each matrix of a layer, with its singular vectors up to a rank. */
  readonly factorsOf: (layer: CompressibleLayer, rank: number) => readonly LayerFactors[];
}

export function budgetForms(
  layers: readonly CompressibleLayer[],
  asked: BudgetAsked,
  spectra: Spectra,
): Allocation {
  const { rate, unit } = asked;
  const choices = layers.map((layer) => layerChoice(layer, asked, spectra));
  const whole = choices.reduce((sum, choice) => sum + choice.whole, 0);
  const found = budgetRanks(choices, Math.floor(whole / rate));
  if (found) return found;
  if (asked.factored && !asked.int8 && unit === 'parameters') {
    throw new StageError(
      `a rate of ${rate} leaves less than rank 1 for each layer`,
      'use a smaller rate',
    );
  }
  const least = choices.reduce((sum, choice) => sum + smallest(choice), 0);
  const most = Math.floor((100 * whole) / least) / 100;
  throw new StageError(
    `the layers can't have a rate of ${rate} in ${unitNames[unit]}: their smallest forms have ${most}`,
    `use a rate of ${most} or less`,
  );
}

function smallest({ whole, candidates }: LayerChoice): number {
  return candidates.reduce((least, { cost }) => Math.min(least, cost), whole);
}

function layerChoice(layer: CompressibleLayer, asked: BudgetAsked, spectra: Spectra): LayerChoice {
  const { name } = layer;
  const { factored, int8 } = asked;
  const costs = layerCosts(layer, asked);
  const spectrum = factored ? spectra.spectrumOf(layer) : undefined;
  const floats = spectrum
    ? spectralChoice(name, spectrum, costs.ofRank, costs.whole)
    : { name, whole: costs.whole, candidates: [] };
  if (!int8) return floats;
  const small = layerCosts(layer, asked, true);
  const squaredError = layer.inInt8!().relativeError ** 2;
  const whole = { rank: null, int8: true, cost: small.whole, squaredError } as const;
  const factors = spectrum && spectra.factorsOf(layer, spectrum.s.length);
  const inInt8 = factors ? int8Candidates(floats, factors, layer.outputs!, small.ofRank) : [];
  return { ...floats, candidates: [...floats.candidates, ...inInt8, whole] };
}
