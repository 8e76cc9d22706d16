/**
 * Second moments of the inputs of layers, and what follows from them for their weights.
 *
 * LAYER.moments.safetensors can be written by other programs (docs/methods.md). LAYER.whitened.safetensors is stored like
 * factors: vectors as rows, the most important first, with the digest of the weight.
 */
import { ExpectedError } from '../../../base/expected-error.ts';
import type { Matrix } from '../../../linalg/matrix.ts';
import type { SecondMoments } from '../../../linalg/moments/second-moments.ts';
import type { WhitenedLayer } from '../../../linalg/moments/whitened.ts';
import { type InputArtifact, StageError } from '../../../runner/index.ts';
import {
  fromSafetensors,
  type OpenSafetensors,
  type StoredTensor,
  writeSafetensors,
} from '../../../safetensors/safetensors.ts';
import { layerFile } from '../layers/layer-file.ts';

export interface LayerMoments {
  readonly calibration: SecondMoments;
  /** Of other samples, if there are any. */
  readonly heldOut?: SecondMoments | undefined;
}

/** In the names of files. */
export const MOMENTS = '.moments';

const PREFIX = { calibration: '', heldOut: 'heldOut.' } as const;

const vector = (data: Float64Array): StoredTensor => ({ shape: [data.length], data });

export function writeMoments(folder: string, layer: string, moments: LayerMoments): void {
  const tensors = new Map<string, StoredTensor>();
  for (const part of ['calibration', 'heldOut'] as const) {
    const found = moments[part];
    if (found === undefined) continue;
    const { rows, mean, sums } = found;
    tensors.set(`${PREFIX[part]}moments`, { shape: [sums.rows, sums.cols], data: sums.data });
    tensors.set(`${PREFIX[part]}mean`, vector(mean));
    tensors.set(`${PREFIX[part]}rows`, vector(Float64Array.of(rows)));
  }
  writeSafetensors(`${folder}/${layerFile(layer, MOMENTS)}`, { tensors, metadata: {} });
}

/** Null if the file has no such samples. Throws an ExpectedError if they can't be moments of `inputs` inputs. */
export function readMoments(
  artifact: InputArtifact,
  layer: string,
  part: keyof LayerMoments,
  inputs: number,
): SecondMoments | null {
  const file = layerFile(layer, MOMENTS);
  const name = `${PREFIX[part]}moments`;
  const use = ({ shapes, read }: OpenSafetensors): SecondMoments | null => {
    if (part === 'heldOut' && !shapes.has(name)) return null;
    const values = (tensor: string, shape: readonly number[]): Float64Array => {
      const found = read(tensor);
      if (found.shape.join() === shape.join() && found.data instanceof Float64Array)
        return found.data;
      throw unfit(file, `${tensor} must be float64 of the shape [${shape.join(', ')}]`);
    };
    const data = values(name, [inputs, inputs]);
    const mean = values(`${PREFIX[part]}mean`, [inputs]);
    const [rows] = values(`${PREFIX[part]}rows`, [1]);
    if (!(Number.isInteger(rows) && rows! > 0))
      throw unfit(file, 'rows must be a positive integer');
    checkMoments(file, name, { data, mean });
    return { rows: rows!, mean, sums: { rows: inputs, cols: inputs, data } };
  };
  return fromSafetensors(artifact.path(file), use, file);
}

function checkMoments(
  file: string,
  name: string,
  { data, mean }: { readonly data: Float64Array; readonly mean: Float64Array },
): void {
  const n = mean.length;
  for (let i = 0; i < n; i++) {
    if (!Number.isFinite(mean[i])) throw unfit(file, `the mean of input ${i} is ${mean[i]}`);
    if (!(data[i * n + i]! >= 0)) throw unfit(file, `${name}[${i}, ${i}] is negative`);
    for (let j = 0; j <= i; j++) {
      const value = data[i * n + j]!;
      const fits = Number.isFinite(value) && value === data[j * n + i]!;
      if (!fits) throw unfit(file, `${name} is not finite or not symmetric at [${i}, ${j}]`);
    }
  }
}

function unfit(file: string, problem: string): ExpectedError {
  return new ExpectedError(
    `${file} does not hold second moments: ${problem}`,
    'write it as docs/methods.md describes, and give it to a stage of the type "whiten"',
  );
}

/** `weight`: the digest of the layer's weight. */
export function writeWhitened(
  folder: string,
  layer: string,
  whitened: WhitenedLayer,
  weight: string,
): void {
  const rank = whitened.s.length;
  const matrix = ({ rows, cols, data }: Matrix): StoredTensor => ({
    shape: [rows, cols],
    data: Float32Array.from(data),
  });
  const tensors = new Map([
    ['s', vector(whitened.s)],
    ['squaredNorm', vector(Float64Array.of(whitened.squaredNorm))],
    ['ut', matrix(whitened.ut(rank))],
    ['vt', matrix(whitened.vt(rank))],
    ['projected', matrix(whitened.projected(rank))],
  ]);
  writeSafetensors(`${folder}/${layerFile(layer, '.whitened')}`, { tensors, metadata: { weight } });
}

/** Vectors are read on use. Throws a StageError if they belong to another weight. */
export function readWhitened(
  artifact: InputArtifact,
  layer: string,
  weight: string,
): WhitenedLayer {
  const file = layerFile(layer, '.whitened');
  const path = artifact.path(file);
  const matrix =
    (name: string) =>
    (count: number): Matrix =>
      fromSafetensors(
        path,
        ({ shapes, read }) => {
          const { shape, data } = read(name, Math.min(count, shapes.get(name)?.[0] ?? 0));
          return { rows: shape[0]!, cols: shape[1]!, data: data as Float32Array };
        },
        file,
      );
  const use = ({ shapes, metadata, read }: OpenSafetensors): WhitenedLayer => {
    if (metadata.weight !== weight) {
      throw new StageError(
        `its input "moments" belongs to another model, whose layer ${layer} has other weights`,
        'use the moments that were computed from its input "model"',
      );
    }
    return {
      rows: shapes.get('ut')?.[1] ?? 0,
      cols: shapes.get('vt')?.[1] ?? 0,
      s: read('s').data as Float64Array,
      squaredNorm: (read('squaredNorm').data as Float64Array)[0]!,
      ut: matrix('ut'),
      vt: matrix('vt'),
      projected: matrix('projected'),
    };
  };
  return fromSafetensors(path, use, file);
}
