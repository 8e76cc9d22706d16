/**
 * Factors layers, and measures what is stored. How a layer is factored is given, so that methods that use the weights
 * and methods that use data share this. Nothing that is given changes.
 */
import type { LayerRow } from '../../../nn/model/history.ts';
import {
  type CompressibleLayer,
  factorsIn,
  type StoredFactors,
} from '../layers/compressible-layer.ts';
import type { LayerSelection } from '../layers/layer-selection.ts';
import type { Spectra } from '../ranks/budget-forms.ts';
import { chosenForms, type FormsAsked, unitOf } from '../ranks/chosen-forms.ts';
import type { Spectrum } from '../ranks/chosen-ranks.ts';
import { layerCosts } from '../ranks/layer-costs.ts';
import { type CompressedLayer, compressLayer, type Factoring } from './compress-layer.ts';

export interface CompressionPlan extends FormsAsked {
  readonly layers: LayerSelection;
  /** How convolutions are factored; null if they are not. */
  readonly scheme: string | null;
}

export interface CompressedLayers<R> {
  /** By the names of the layers. A layer without a replacement stays as it is. */
  readonly replacements: ReadonlyMap<string, R>;
  readonly rows: readonly LayerRow[];
  /** Of the layers that the rate is about: those that share a budget, or those that were compressed. */
  readonly costs: readonly CostChange[];
}

/** Of a layer without its bias, in the unit of the rate. */
export interface CostChange {
  readonly before: number;
  readonly after: number;
}

export type OnLayer = (fraction: number, layer: string) => void;

export async function compressLayers<R extends StoredFactors>(
  layers: readonly CompressibleLayer<R>[],
  factoring: Factoring,
  plan: CompressionPlan,
  progress: OnLayer,
): Promise<CompressedLayers<R>> {
  const forms = chosenForms(layers, plan, spectraOf(factoring));
  const replacements = new Map<string, R>();
  const rows: LayerRow[] = [];
  const costs: CostChange[] = [];
  for (const [i, layer] of layers.entries()) {
    progress(i / layers.length, layer.name);
    const compressed = await compressLayer(layer, forms.get(layer.name), factoring);
    const { replacement, row } = compressed;
    if (replacement) replacements.set(layer.name, replacement);
    rows.push(row);
    const isShared = plan.allocation === 'budget' && !layer.last;
    if (isShared || isSmaller(compressed, plan)) costs.push(costOf(layer, compressed, plan));
  }
  return { replacements, rows, costs };
}

function spectraOf(factoring: Factoring): Spectra {
  const ofEach = <T>({ matrices }: CompressibleLayer, read: (group: number) => T) =>
    matrices.map((_, group) => read(group));
  return {
    spectrumOf: (layer) => ofAll(ofEach(layer, (group) => factoring.spectrumOf(layer, group))),
    factorsOf: (layer, rank) => ofEach(layer, (group) => factoring.factorsOf!(layer, group, rank)),
  };
}

/** If all matrices have the same rank, those with these singular values have the error of one matrix with the result. */
function ofAll(spectra: readonly Spectrum[]): Spectrum {
  const [first] = spectra as readonly [Spectrum];
  if (spectra.length === 1) return first;
  const squares = new Float64Array(Math.max(...spectra.map(({ s }) => s.length)));
  for (const { s } of spectra) for (const [i, value] of s.entries()) squares[i]! += value ** 2;
  const squaredNorm = spectra.reduce((sum, one) => sum + one.squaredNorm, 0);
  return { ...first, s: squares.map(Math.sqrt), squaredNorm };
}

/** Whether the layer was compressed with respect to the unit. In 8 bits it has as many weights as before. */
function isSmaller(
  { replacement, row }: CompressedLayer<StoredFactors>,
  plan: CompressionPlan,
): boolean {
  return replacement !== undefined && (row.rank !== null || unitOf(plan) !== 'parameters');
}

function costOf(
  layer: CompressibleLayer,
  { replacement, row: { rank } }: CompressedLayer<StoredFactors>,
  plan: CompressionPlan,
): CostChange {
  const unit = unitOf(plan);
  const { whole, ofRank } = layerCosts(layer, { ...plan, unit });
  const planned = rank === null ? whole : ofRank(rank);
  const stored = {
    parameters: replacement && factorsIn(replacement),
    bytes: replacement?.bytes,
    macs: undefined,
    milliseconds: undefined,
  };
  return { before: whole, after: stored[unit] ?? planned };
}

/** The true rate: the costs before / after; 1 if there are none. */
export function achievedRate(costs: readonly CostChange[]): number {
  const sum = (of: keyof CostChange) => costs.reduce((total, one) => total + one[of], 0);
  return costs.length === 0 ? 1 : sum('before') / sum('after');
}
