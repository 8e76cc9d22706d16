/**
 * Replaces the dense layers of a model by two thin ones each. The weights that stay are shared with the
 * model that is read; nothing of it is changed.
 */
import { relativeError, relativeOptimum } from '../../linalg/errors.ts';
import type { LayerFactors } from '../../linalg/factors.ts';
import type { Matrix } from '../../linalg/matrix.ts';
import type { CompressionMethod } from '../../linalg/methods/compression-method.ts';
import { randomStream } from '../../linalg/random.ts';
import type { Model, Weight } from '../../nn/model/weights.ts';
import type { LayerRow } from '../../report/results.ts';
import type { InputArtifact } from '../../runner/graph/stage-type.ts';
import { factoredDescription, nominalRanks } from './compressed-description.ts';
import { type DenseLayer, denseLayers, weightOf } from './dense-layers.ts';
import { readFactors } from './factor-files.ts';

export interface Compression {
  readonly method: CompressionMethod;
  readonly rate: number;
  readonly seed: number;
}

export interface CompressedModel extends Pick<Model, 'description' | 'weights'> {
  readonly layers: readonly LayerRow[];
}

export async function compressModel(
  model: Model,
  factors: InputArtifact,
  compression: Compression,
  progress: (fraction: number, layer: string) => void,
): Promise<CompressedModel> {
  const dense = denseLayers(model.description);
  const asked = nominalRanks(model.description, compression.method, compression.rate);
  const weights = new Map<string, Weight>(model.weights);
  const ranks = new Map<string, number>();
  const layers: LayerRow[] = [];
  for (const [i, layer] of dense.entries()) {
    progress(i / dense.length, layer.name);
    const rank = asked.get(layer.name);
    if (rank === undefined) {
      layers.push({ ...sizeOf(layer), rank: null, relativeError: null, optimalError: null });
      continue;
    }
    const known = await readFactors(factors, layer.name, rank);
    const { left, right, errors } = compressLayer(model, layer, known, rank, compression);
    weights.delete(`${layer.name}.weight`);
    weights.set(`${layer.name}.left.weight`, stored(left));
    weights.set(`${layer.name}.right.weight`, stored(right));
    ranks.set(layer.name, left.cols);
    const parameters = left.data.length + right.data.length + layer.out;
    layers.push({ ...sizeOf(layer), parameters, rank: left.cols, ...errors });
  }
  return { description: factoredDescription(model.description, ranks), weights, layers };
}

function compressLayer(
  model: Model,
  layer: DenseLayer,
  factors: LayerFactors,
  rank: number,
  { method, seed }: Compression,
) {
  const weight = (): Matrix => weightOf(model, layer.name);
  const random = randomStream(seed, 'decompose', method.name, layer.name);
  const { left, right } = method.compress({ weight, factors }, rank, random);
  const optimalError = relativeOptimum(factors, left.cols);
  // The SVD's own error is the optimum, and known without the product.
  const error = method.family === 'svd' ? optimalError : relativeError(weight(), left, right);
  return { left, right, errors: { relativeError: error, optimalError } };
}

function sizeOf(layer: DenseLayer): Pick<LayerRow, 'name' | 'rows' | 'cols' | 'parameters'> {
  const parameters = layer.in * layer.out + layer.out;
  return { name: layer.name, rows: layer.out, cols: layer.in, parameters };
}

function stored({ rows, cols, data }: Matrix): Weight {
  return { shape: [rows, cols], data: Float32Array.from(data) };
}
