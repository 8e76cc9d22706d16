/**
 * Factors layers, and measures what is stored. How a layer is factored is given, so that methods that use the weights
 * and methods that use data share this. Nothing that is given changes.
 */
import type { LayerRow } from '../../nn/model/history.ts';
import { chosenRanks, type RanksAsked, type Spectrum } from './chosen-ranks.ts';
import { compressLayer, type Factoring } from './compress-layer.ts';
import {
  biasesIn,
  type CompressibleLayer,
  type StoredFactors,
  weightsIn,
} from './models/compressible-layer.ts';
import type { LayerSelection } from './models/layer-selection.ts';

export interface CompressionPlan extends RanksAsked {
  readonly method: {
    readonly rounding: 'round' | 'ceil';
    readonly lastLayer: 'keep' | 'factor';
  };
  readonly layers: LayerSelection;
  /** How convolutions are factored; null if they are not. */
  readonly scheme: string | null;
}

export interface CompressedLayers<R> {
  /** By the names of the layers. A layer without a replacement stays as it is. */
  readonly replacements: ReadonlyMap<string, R>;
  readonly rows: readonly LayerRow[];
  /** The layers that the rate is about: those that share a budget, or those that were factored. */
  readonly counted: ReadonlySet<string>;
}

export type OnLayer = (fraction: number, layer: string) => void;

export async function compressLayers<R extends StoredFactors>(
  layers: readonly CompressibleLayer<R>[],
  factoring: Factoring,
  plan: CompressionPlan,
  progress: OnLayer,
): Promise<CompressedLayers<R>> {
  const named = new Map(layers.map((layer) => [layer.name, layer]));
  const spectrumOf = ({ name }: { readonly name: string }) => {
    const layer = named.get(name)!;
    return ofAll(layer.matrices.map((_, group) => factoring.spectrumOf(layer, group)));
  };
  const ranks = chosenRanks(layers, plan, plan.method, spectrumOf);
  const replacements = new Map<string, R>();
  const rows: LayerRow[] = [];
  for (const [i, layer] of layers.entries()) {
    progress(i / layers.length, layer.name);
    const rank = ranks.get(layer.name);
    if (rank === undefined) {
      rows.push(wholeRow(layer));
      continue;
    }
    const { replacement, row } = await compressLayer(layer, rank, factoring);
    replacements.set(layer.name, replacement);
    rows.push(row);
  }
  const shared = plan.allocation === 'budget' ? layers.filter(({ last }) => !last) : [];
  const counted = new Set([...shared.map(({ name }) => name), ...replacements.keys()]);
  return { replacements, rows, counted };
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

/** The true rate: weights of the counted layers before / after, without biases; 1 if there are none. */
export function achievedRate({
  rows,
  replacements,
  counted,
}: CompressedLayers<StoredFactors>): number {
  let [before, after] = [0, 0];
  for (const { name, rows: m, cols: n } of rows) {
    if (!counted.has(name)) continue;
    const replacement = replacements.get(name);
    before += m * n;
    after += replacement ? weightsIn(replacement) - biasesIn(replacement) : m * n;
  }
  return after === 0 ? 1 : before / after;
}

function wholeRow({ name, kind, rows, cols, biases }: CompressibleLayer): LayerRow {
  const parameters = rows * cols + biases;
  const size = { name, kind, rows, cols, parameters };
  return { ...size, rank: null, relativeError: null, optimalError: null };
}
