/**
 * The factors of layers: one safetensors file per layer. Singular vectors are stored as rows, the most
 * important first, so that a slice of rank k is the beginning of an array and only that is read. The metadata
 * contain the digest of the factored weight.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';
import { checkedJson } from '../../../base/checked-json.ts';
import type { LayerFactors } from '../../../linalg/factors.ts';
import { firstRows, type Matrix } from '../../../linalg/matrix.ts';
import { type InputArtifact, StageError } from '../../../runner/index.ts';
import {
  fromSafetensors,
  type OpenSafetensors,
  type StoredTensor,
  writeSafetensors,
} from '../../../safetensors/safetensors.ts';
import { isShortened, layerFile, layerOfFile } from '../layers/layer-file.ts';

/** Set only if true: there are more singular values than the file has; an iteration computed these. */
const marks = ['truncated', 'iterated'] as const;

/** The digest of the layer's weight. It shows whether the factors belong to another model. */
export function weightDigest({ data: { buffer, byteOffset, byteLength } }: Matrix): string {
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');
}

/** `weight`: the digest of the layer's weight. */
export function writeFactors(
  folder: string,
  layer: string,
  factors: LayerFactors,
  weight: string,
): void {
  const rank = factors.s.length;
  const vector = (data: Float64Array): StoredTensor => ({ shape: [data.length], data });
  // Vectors have single precision, as the weights do. Singular values stay in double precision.
  const matrix = ({ rows, cols, data }: Matrix): StoredTensor => ({
    shape: [rows, cols],
    data: Float32Array.from(data),
  });
  const tensors = new Map([
    ['s', vector(factors.s)],
    ['squaredColumnNorms', vector(factors.squaredColumnNorms)],
    ['squaredRowNorms', vector(factors.squaredRowNorms)],
    ['squaredNorm', vector(Float64Array.of(factors.squaredNorm))],
    ['ut', matrix(factors.ut(rank))],
    ['vt', matrix(factors.vt(rank))],
  ]);
  for (const mark of marks) {
    if (factors[mark]) tensors.set(mark, { shape: [1], data: Uint8Array.of(1) });
  }
  const metadata = { weight, ...(isShortened(layer) && { layer }) };
  writeSafetensors(`${folder}/${layerFile(layer)}`, { tensors, metadata });
}

/** The model of the factors; the seed is the seed of its training. */
const aboutSchema = v.object(
  {
    dataset: v.string('must be a text'),
    title: v.string('must be a text'),
    seed: v.number('must be a number'),
  },
  'must be an object with dataset, title and seed',
);

type AboutFactors = Readonly<v.InferOutput<typeof aboutSchema>>;

export function writeAboutFactors(folder: string, about: AboutFactors): void {
  writeFileSync(`${folder}/about.json`, `${JSON.stringify(about)}\n`);
}

export function aboutFactors(factors: InputArtifact): AboutFactors {
  return checkedJson(
    readFileSync(factors.path('about.json'), 'utf8'),
    aboutSchema,
    'about.json',
    'factors are the output of a stage of the type "factorize"',
  );
}

export function factoredLayers(factors: InputArtifact): readonly string[] {
  return factors.files.flatMap((file) => {
    const name = layerOfFile(file);
    if (name !== null) return name ?? [];
    return fromSafetensors(factors.path(file), ({ metadata }) => metadata.layer ?? [], file);
  });
}

/** The input that the factors are read from, and the expected digest of their weight. */
export interface Wanted {
  readonly port: 'factors' | 'statistics';
  readonly weight: string;
}

/**
 * `rank`: the maximum number of singular vectors to read. Throws a StageError if the layer has that many but
 * fewer were computed, or if the factors belong to another weight.
 */
export function readFactors(
  factors: InputArtifact,
  layer: string,
  rank: number,
  wanted?: Wanted,
): LayerFactors {
  const file = layerFile(layer);
  if (wanted?.port !== 'statistics' && !factors.files.includes(file)) throw notFactorized(layer);
  const use = ({ shapes, metadata, read }: OpenSafetensors): LayerFactors => {
    if (wanted && metadata.weight !== wanted.weight) {
      throw new StageError(
        `its input "${wanted.port}" belongs to another model, whose layer ${layer} has other weights`,
        `use the ${wanted.port} that were computed from its input "model"`,
      );
    }
    const vector = (name: string) => read(name).data as Float64Array;
    const s = vector('s');
    const count = Math.min(rank, s.length);
    const truncated = shapes.has('truncated');
    if (truncated && rank > s.length) {
      throw new StageError(
        `the factors of ${layer} were computed up to rank ${s.length}, but rank ${rank} is needed`,
        'lower "smallestRate" of the factorize stage',
      );
    }
    const matrix = (name: string): Matrix => {
      const { shape, data } = read(name, count);
      return { rows: shape[0]!, cols: shape[1]!, data: data as Float32Array };
    };
    const [ut, vt] = [matrix('ut'), matrix('vt')];
    const [squaredNorm] = vector('squaredNorm');
    return {
      rows: ut.cols,
      cols: vt.cols,
      s,
      ...(truncated && { truncated }),
      ...(shapes.has('iterated') && { iterated: true }),
      squaredColumnNorms: vector('squaredColumnNorms'),
      squaredRowNorms: vector('squaredRowNorms'),
      squaredNorm: squaredNorm!,
      ut: (k) => firstRows(ut, k),
      vt: (k) => firstRows(vt, k),
    };
  };
  return fromSafetensors(factors.path(file), use, file);
}

/** The factors of a convolution are named after the layer and the scheme. */
function notFactorized(factors: string): StageError {
  const [, layer = factors, scheme] =
    /^(.*)@(channel|input|spatial)(?:\.\d+)?$/.exec(factors) ?? [];
  const by = scheme === undefined ? '' : ` by the scheme "${scheme}"`;
  return new StageError(
    `the layer ${layer} was not factorized${by}`,
    `select it in "layers" of the factorize stage${scheme === undefined ? '' : `, and add "${scheme}" to its "schemes"`}`,
  );
}
