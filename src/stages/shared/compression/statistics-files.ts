/**
 * Statistics of layers: for each layer one safetensors file of moments and output vectors, next to the factors of
 * the scaled weight, stored like the factors of weights. `weight` is the digest of the unscaled weight.
 */
import type { LayerStatistics } from '../../../linalg/statistics.ts';
import type { InputArtifact } from '../../../runner/index.ts';
import {
  fromSafetensors,
  type OpenSafetensors,
  type StoredTensor,
  writeSafetensors,
} from '../../../safetensors/safetensors.ts';
import { readFactors, writeFactors } from './factor-files.ts';

export function writeStatistics(
  folder: string,
  layer: string,
  { inputScale, inputMean, outputVectors, scaled }: LayerStatistics,
  weight: string,
): void {
  const vector = (data: Float64Array) => ({ shape: [data.length], data });
  const { rows, cols, data } = outputVectors;
  const tensors = new Map<string, StoredTensor>([
    ['inputScale', vector(inputScale)],
    ['inputMean', vector(inputMean)],
    ['outputVectors', { shape: [rows, cols], data: Float32Array.from(data) }],
  ]);
  writeSafetensors(`${folder}/${layer}.statistics.safetensors`, { tensors, metadata: {} });
  writeFactors(folder, layer, scaled, weight);
}

/** `rank`: the maximum number of vectors to read. There are fewer if the outputs vary in fewer directions. */
export function readStatistics(
  statistics: InputArtifact,
  layer: string,
  rank: number,
  weight: string,
): LayerStatistics {
  const scaled = readFactors(statistics, layer, rank, { port: 'statistics', weight });
  const file = `${layer}.statistics.safetensors`;
  const use = ({ shapes, read }: OpenSafetensors): LayerStatistics => {
    const vector = (name: string) => read(name).data as Float64Array;
    const known = shapes.get('outputVectors')?.[0] ?? 0;
    const { shape, data } = read('outputVectors', Math.min(rank, known));
    return {
      inputScale: vector('inputScale'),
      inputMean: vector('inputMean'),
      outputVectors: { rows: shape[0]!, cols: shape[1]!, data: data as Float32Array },
      scaled,
    };
  };
  return fromSafetensors(statistics.path(file), use, file);
}
