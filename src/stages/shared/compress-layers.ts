/**
 * Factors layers with one method, and measures what is stored. Nothing that is given changes.
 */
import { cxBound } from '../../linalg/cx-bound.ts';
import { factorizationError, relativeOptimum } from '../../linalg/errors.ts';
import { isLargeLayer } from '../../linalg/factors.ts';
import type {
  CompressionMethod,
  CompressionOptions,
  Factorization,
  LayerToCompress,
} from '../../linalg/methods/compression-method.ts';
import type { Multiply } from '../../linalg/multiply.ts';
import { randomStream } from '../../linalg/random.ts';
import { storedFactors } from '../../linalg/stored.ts';
import type { LayerRow } from '../../nn/model/history.ts';
import type { InputArtifact } from '../../runner/index.ts';
import { chosenForms, type FormsAsked, type LayerForm, unitOf } from './chosen-forms.ts';
import { readFactors, weightDigest } from './factor-files.ts';
import { checkFactors } from './finite-models.ts';
import { layerCosts } from './layer-costs.ts';
import {
  biasesIn,
  type CompressibleLayer,
  type StoredFactors,
  weightsIn,
} from './models/compressible-layer.ts';
import type { LayerSelection } from './models/layer-selection.ts';
import { readStatistics } from './statistics-files.ts';

export interface CompressionPlan extends FormsAsked {
  readonly method: CompressionMethod;
  readonly layers: LayerSelection;
  readonly scheme: string;
  readonly form: NonNullable<CompressionOptions['form']> | null;
  readonly core: NonNullable<CompressionOptions['core']> | null;
  readonly oversampling: number | null;
  readonly seed: number;
}

/** Data computed from the model beforehand, and the backend. */
export interface Known {
  /** Requested if a layer is large. */
  readonly multiply: () => Promise<Multiply>;
  readonly factors: InputArtifact;
  readonly statistics: InputArtifact | undefined;
}

export interface CompressedLayers<R> {
  /** By the names of the layers. A layer without a replacement stays as it is. */
  readonly replacements: ReadonlyMap<string, R>;
  readonly rows: readonly LayerRow[];
  /** The true rate, in the unit of the plan. */
  readonly achieved: number;
}

export type OnLayer = (fraction: number, layer: string) => void;

export async function compressLayers<R extends StoredFactors>(
  layers: readonly CompressibleLayer<R>[],
  known: Known,
  plan: CompressionPlan,
  progress: OnLayer,
): Promise<CompressedLayers<R>> {
  const factorsOf = ({ name }: { readonly name: string }, rank: number) =>
    readFactors(known.factors, layers.find((layer) => layer.name === name)!.factors, rank);
  const forms = chosenForms(layers, plan, factorsOf);
  const replacements = new Map<string, R>();
  const rows: LayerRow[] = [];
  for (const [i, layer] of layers.entries()) {
    progress(i / layers.length, layer.name);
    const form = forms.get(layer.name);
    if (form === undefined) {
      rows.push(wholeRow(layer));
      continue;
    }
    const { replacement, row } = isFactored(form)
      ? await compressLayer(layer, form, known, plan)
      : wholeInInt8(layer);
    replacements.set(layer.name, replacement);
    rows.push(row);
  }
  const found = { replacements, rows };
  const achieved =
    unitOf(plan) === 'parameters' ? achievedRate(found) : achievedInUnit(layers, found, plan);
  return { ...found, achieved };
}

type Factored = LayerForm & { readonly rank: number };

function isFactored(form: LayerForm): form is Factored {
  return form.rank !== null;
}

interface Compressed<R> {
  readonly replacement: R;
  readonly row: LayerRow;
}

function wholeInInt8<R extends StoredFactors>(layer: CompressibleLayer<R>): Compressed<R> {
  const { replacement, relativeError } = layer.inInt8!();
  checkFactors(replacement, `${layer.name} in 8 bits`);
  return { replacement, row: { ...wholeRow(layer), relativeError } };
}

async function compressLayer<R extends StoredFactors>(
  layer: CompressibleLayer<R>,
  { rank, int8 }: Factored,
  known: Known,
  { method, seed, form, core, oversampling }: CompressionPlan,
): Promise<Compressed<R>> {
  const weight = weightDigest(layer.matrix());
  const factors = readFactors(known.factors, layer.factors, rank, { port: 'factors', weight });
  const statistics =
    known.statistics && layer.kind === 'dense' && !layer.last
      ? readStatistics(known.statistics, layer.name, rank, weight)
      : undefined;
  const random = randomStream(seed, 'decompose', method.stream ?? method.name, layer.name);
  const options = {
    ...(form && { form }),
    ...(core && { core }),
    ...(oversampling && { oversampling }),
  };
  const multiply = isLargeLayer(layer.rows, layer.cols) ? await known.multiply() : undefined;
  const given = {
    weight: layer.matrix,
    factors,
    ...(statistics && { statistics }),
    ...(multiply && { multiply }),
  };
  const float32 = storedFactors(method.compress(given, rank, random, options));
  const factorization = layer.round?.(float32, int8) ?? float32;
  const replacement = layer.replace(factorization);
  checkFactors(replacement, `${layer.name} by ${method.name} at rank ${factorization.rank}`);
  const row = {
    ...sizeOf(layer),
    parameters: weightsIn(replacement),
    rank: factorization.rank,
    ...errorsOf(layer, given, factorization, method),
    // Proved for factors in float32.
    ...(factorization !== float32 && { bound: null }),
  };
  return { replacement, row };
}

/** The error of the weights, its lower bound, and its upper bound. */
function errorsOf(
  layer: CompressibleLayer,
  { factors, multiply }: Pick<LayerToCompress, 'factors' | 'multiply'>,
  stored: Factorization,
  method: CompressionMethod,
): Pick<LayerRow, 'relativeError' | 'optimalError' | 'bound' | 'approximate'> {
  const { rank, columns, rows } = stored;
  const errors = {
    relativeError: factorizationError(layer.matrix(), stored, multiply),
    optimalError: relativeOptimum(factors, rank),
    ...(factors.iterated && ({ approximate: true } as const)),
  };
  if (method.family === 'svd' && !method.needsStatistics) {
    return { ...errors, bound: errors.optimalError };
  }
  // Proved only if the columns decide everything, and the rest is least squares.
  return { ...errors, bound: columns && !rows ? cxBound(factors, columns) : null };
}

/** The true rate: weights of the factored layers before / after, without biases; 1 if no layer was factored. */
export function achievedRate({
  rows,
  replacements,
}: Omit<CompressedLayers<StoredFactors>, 'achieved'>): number {
  let [before, after] = [0, 0];
  for (const { name, rows: m, cols: n, rank } of rows) {
    const replacement = replacements.get(name);
    if (replacement === undefined || rank === null) continue;
    before += m * n;
    after += weightsIn(replacement) - biasesIn(replacement);
  }
  return after === 0 ? 1 : before / after;
}

/** The true rate in bytes or MACs: the cost of all layers that share the budget, before / after. */
function achievedInUnit(
  layers: readonly CompressibleLayer[],
  { rows, replacements }: Omit<CompressedLayers<StoredFactors>, 'achieved'>,
  plan: CompressionPlan,
): number {
  const unit = unitOf(plan);
  let [before, after] = [0, 0];
  for (const [i, layer] of layers.entries()) {
    const { whole, ofRank } = layerCosts(layer, plan.form, unit);
    const replacement = replacements.get(layer.name);
    if (layer.last && !replacement) continue;
    const { rank } = rows[i]!;
    before += whole;
    const stored = unit === 'bytes' ? replacement?.bytes : undefined;
    after += stored ?? (rank === null ? whole : ofRank(rank));
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
