/**
 * Factors layers with one method, and measures what is stored. Nothing that is given changes.
 */
import type { LayerFactors } from '../../linalg/factors.ts';
import type { LayerRow } from '../../nn/model/history.ts';
import { chosenRanks, type RanksAsked } from './chosen-ranks.ts';
import { compressLayer, type Known, type LayerPlan } from './compress-layer.ts';
import { readFactors } from './factor-files.ts';
import {
  biasesIn,
  type CompressibleLayer,
  type StoredFactors,
  weightsIn,
} from './models/compressible-layer.ts';
import type { LayerSelection } from './models/layer-selection.ts';

export type { Known } from './compress-layer.ts';

export interface CompressionPlan extends Omit<RanksAsked, 'form'>, LayerPlan {
  readonly layers: LayerSelection;
  readonly scheme: string;
}

export interface CompressedLayers<R> {
  /** By the names of the layers. A layer without a replacement stays as it is. */
  readonly replacements: ReadonlyMap<string, R>;
  readonly rows: readonly LayerRow[];
}

export type OnLayer = (fraction: number, layer: string) => void;

export async function compressLayers<R extends StoredFactors>(
  layers: readonly CompressibleLayer<R>[],
  known: Known,
  plan: CompressionPlan,
  progress: OnLayer,
): Promise<CompressedLayers<R>> {
  const spectrumOf = ({ name }: { readonly name: string }) => {
    const { matrices } = layers.find((layer) => layer.name === name)!;
    return spectrumOfAll(matrices.map(({ factors }) => readFactors(known.factors, factors, 0)));
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
    const { replacement, row } = await compressLayer(layer, rank, known, plan);
    replacements.set(layer.name, replacement);
    rows.push(row);
  }
  return { replacements, rows };
}

type Spectrum = Pick<LayerFactors, 'rows' | 'cols' | 's' | 'squaredNorm'>;

/** If all matrices have the same rank, those with these singular values have the error of one matrix with the result. */
function spectrumOfAll(spectra: readonly Spectrum[]): Spectrum {
  const [first] = spectra as readonly [Spectrum];
  if (spectra.length === 1) return first;
  const squares = new Float64Array(Math.max(...spectra.map(({ s }) => s.length)));
  for (const { s } of spectra) for (const [i, value] of s.entries()) squares[i]! += value ** 2;
  const squaredNorm = spectra.reduce((sum, one) => sum + one.squaredNorm, 0);
  return { ...first, s: squares.map(Math.sqrt), squaredNorm };
}

/** The true rate: weights of the factored layers before / after, without biases; 1 if no layer was factored. */
export function achievedRate({ rows, replacements }: CompressedLayers<StoredFactors>): number {
  let [before, after] = [0, 0];
  for (const { name, rows: m, cols: n } of rows) {
    const replacement = replacements.get(name);
    if (replacement === undefined) continue;
    before += m * n;
    after += weightsIn(replacement) - biasesIn(replacement);
  }
  return after === 0 ? 1 : before / after;
}

function wholeRow({ name, kind, rows, cols, biases }: CompressibleLayer): LayerRow {
  const parameters = rows * cols + biases;
  return {
    name,
    kind,
    rows,
    cols,
    parameters,
    rank: null,
    relativeError: null,
    optimalError: null,
  };
}
