/**
 * Factors layers, and measures what is stored. How ranks are chosen and a layer is factored is given, so that methods
 * that use the weights and methods that use data share this. Nothing that is given changes.
 */
import type { Factorization } from '../../linalg/methods/compression-method.ts';
import { storedFactors } from '../../linalg/stored.ts';
import type { LayerRow } from '../../nn/model/history.ts';
import { chosenRanks, type RanksAsked, type Spectrum } from './chosen-ranks.ts';
import { checkFactors } from './finite-models.ts';
import {
  biasesIn,
  type CompressibleLayer,
  type StoredFactors,
  weightsIn,
} from './models/compressible-layer.ts';
import type { LayerSelection } from './models/layer-selection.ts';

export interface CompressionPlan extends RanksAsked {
  readonly method: {
    readonly name: string;
    readonly rounding: 'round' | 'ceil';
    readonly lastLayer: 'keep' | 'factor';
  };
  readonly layers: LayerSelection;
  /** How convolutions are factored; null if they are not. */
  readonly scheme: string | null;
  readonly form: string | null;
}

/** How a layer is factored. */
export interface Factoring {
  /** Called only if singular values decide the ranks. */
  spectrumOf(layer: CompressibleLayer): Spectrum;
  factor(layer: CompressibleLayer, rank: number): Promise<FactoredLayer>;
}

export interface FactoredLayer {
  /** Before it is rounded. */
  readonly factorization: Factorization;
  /** The errors of the factors as they are stored. */
  measure(
    stored: Factorization,
  ): Omit<LayerRow, 'name' | 'kind' | 'rows' | 'cols' | 'rank' | 'parameters'>;
}

export interface CompressedLayers<R> {
  /** By the names of the layers. A layer without a replacement stays as it is. */
  readonly replacements: ReadonlyMap<string, R>;
  readonly rows: readonly LayerRow[];
}

export type OnLayer = (fraction: number, layer: string) => void;

export async function compressLayers<R extends StoredFactors>(
  layers: readonly CompressibleLayer<R>[],
  factoring: Factoring,
  plan: CompressionPlan,
  progress: OnLayer,
): Promise<CompressedLayers<R>> {
  const named = new Map(layers.map((layer) => [layer.name, layer]));
  const ranks = chosenRanks(layers, plan, plan.method, ({ name }) =>
    factoring.spectrumOf(named.get(name)!),
  );
  const replacements = new Map<string, R>();
  const rows: LayerRow[] = [];
  for (const [i, layer] of layers.entries()) {
    progress(i / layers.length, layer.name);
    const rank = ranks.get(layer.name);
    if (rank === undefined) {
      rows.push(wholeRow(layer));
      continue;
    }
    const { factorization, measure } = await factoring.factor(layer, rank);
    const float32 = storedFactors(factorization);
    const stored = layer.round?.(float32) ?? float32;
    const replacement = layer.replace(stored);
    checkFactors(replacement, `${layer.name} by ${plan.method.name} at rank ${stored.rank}`);
    const parameters = weightsIn(replacement);
    rows.push({ ...sizeOf(layer), parameters, rank: stored.rank, ...measure(stored) });
    replacements.set(layer.name, replacement);
  }
  return { replacements, rows };
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

function wholeRow(layer: CompressibleLayer): LayerRow {
  const parameters = layer.rows * layer.cols + layer.biases;
  return { ...sizeOf(layer), parameters, rank: null, relativeError: null, optimalError: null };
}

function sizeOf({ name, kind, rows, cols }: CompressibleLayer) {
  return { name, kind, rows, cols };
}
