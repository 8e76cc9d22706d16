/** What is stored instead of a layer of a model that another program made: factors, or the whole layer in 8 bits. */
import { sizeOf } from '../../../base/axes.ts';
import { type Int8Channels, int8Bytes, int8Values } from '../../../linalg/int8.ts';
import type { Matrix } from '../../../linalg/matrix.ts';
import type { Factorization } from '../../../linalg/methods/compression-method.ts';
import type { Weight } from '../../../nn/model/weights.ts';
import type { StoredFactors, WholeInInt8 } from '../layers/compressible-layer.ts';
import type { KernelMatrix } from '../layers/convolution-matrix.ts';
import { int8Matrix, isInt8, relativeDifference } from './int8-matrix.ts';

/** A layer as far as its parts need it. */
export interface PartlyKnown {
  readonly name: string;
  readonly kind: 'dense' | 'convolution';
  /** Dense: [outputs, inputs]. Convolution: [out, in / groups, ...kernel]. */
  readonly shape: readonly number[];
  readonly biases: number;
  /** 1 for a dense layer. */
  readonly groups: number;
  /** As stored: F32, F16, BF16 or F64. */
  readonly dtype: string;
}

type Factor = 'right' | 'core' | 'left';

/** The parts act in order. The last has the bias. */
export interface ForeignPart {
  /** `whole`: the only part, in the shape of the layer. */
  readonly suffix: Factor | 'whole';
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** How `data` is stored in 8 bits, with one scale per output. */
  readonly int8?: Int8Channels;
  /** Of a convolution: the axes on which this part has the layer's extent, stride, dilation and padding. */
  readonly keeps?: readonly boolean[];
  /** Default: 1. */
  readonly groups?: number;
}

export interface ForeignReplacement extends StoredFactors {
  readonly parts: readonly ForeignPart[];
  /** One value per output, which is added to the bias of the layer. */
  readonly addedBias?: Float32Array;
}

type GroupPart = Omit<ForeignPart, 'suffix' | 'groups'>;

/** The matrix of a group, and the parts that its factors are stored as. */
export type Form = Omit<KernelMatrix, Factor> & Record<Factor, (matrix: Matrix) => GroupPart>;

/** @param factorizations one per group */
export function factored(
  layer: PartlyKnown,
  form: Form,
  factorizations: readonly Factorization[],
): ForeignReplacement {
  const [{ core, bias }] = factorizations as readonly [Factorization];
  const part = (suffix: Factor): ForeignPart => ({
    suffix,
    ...together(factorizations.map((one) => groupPart(one[suffix]!, form[suffix]))),
    ...groupsOf(layer),
  });
  const parts = [part('right'), ...(core ? [part('core')] : []), part('left')];
  const addedBias = bias && Float32Array.from(factorizations.flatMap((one) => [...one.bias!]));
  return { ...stored(layer, parts, addedBias), ...(addedBias && { addedBias }) };
}

/** @param computed rounds to the type in which the model computes */
export function wholeInInt8(
  layer: PartlyKnown,
  weight: Float32Array,
  computed: (values: Float32Array) => Float32Array,
): WholeInInt8<ForeignReplacement> {
  const { kind, shape } = layer;
  const [rows, ...inputs] = shape as [number, ...number[]];
  const matrix = int8Matrix({ rows, cols: sizeOf(inputs), data: weight }, rows, computed);
  const keeps = kind === 'convolution' && { keeps: shape.slice(2).map(() => true) };
  const part = groupPart(matrix, () => ({ shape, data: matrix.data, ...keeps }));
  const parts = [{ suffix: 'whole', ...part, ...groupsOf(layer) }] as const;
  const relativeError = relativeDifference(weight, matrix.data);
  return { replacement: stored(layer, parts, undefined), relativeError };
}

function groupsOf({ groups }: PartlyKnown): Pick<ForeignPart, 'groups'> {
  return groups > 1 ? { groups } : {};
}

function groupPart(matrix: Matrix, inForm: (matrix: Matrix) => GroupPart): GroupPart {
  const part = inForm(matrix);
  if (!isInt8(matrix)) return part;
  const { scales } = matrix;
  return { ...part, int8: { values: int8Values(part.data, scales), scales } };
}

/** The output channels of all groups, one group after the other. */
function together(parts: readonly GroupPart[]): GroupPart {
  const [first] = parts as readonly [GroupPart];
  if (parts.length === 1) return first;
  const [outputs, ...rest] = first.shape as [number, ...number[]];
  const channels = parts.flatMap(({ int8 }) => int8 ?? []);
  return {
    ...first,
    shape: [parts.length * outputs, ...rest],
    data: joined(parts.map(({ data }) => data)),
    ...(first.int8 && {
      int8: {
        values: joined(channels.map(({ values }) => values)),
        scales: joined(channels.map(({ scales }) => scales)),
      },
    }),
  };
}

/** Arrays of the same length, one after the other. */
function joined<A extends Float32Array | Int8Array>(arrays: readonly A[]): A {
  const [first] = arrays as readonly [A];
  const Typed = first.constructor as new (length: number) => A;
  const all = new Typed(arrays.length * first.length);
  for (const [i, one] of arrays.entries()) all.set(one, i * first.length);
  return all;
}

function stored(
  { name, shape, biases, dtype }: PartlyKnown,
  parts: readonly ForeignPart[],
  addedBias: Float32Array | undefined,
): ForeignReplacement {
  const weights = new Map<string, Weight>(
    parts.map((one) => [`${name}.${one.suffix}.weight`, { shape: one.shape, data: one.data }]),
  );
  if (biases > 0 || addedBias) {
    const data = addedBias ?? new Float32Array(shape[0]!);
    weights.set(`${name}.${parts.at(-1)!.suffix}.bias`, { shape: [data.length], data });
  }
  const bytes = parts.reduce((sum, part) => sum + bytesOf(part, dtype), 0);
  return { parts, weights, bytes };
}

function bytesOf({ data, int8 }: ForeignPart, dtype: string): number {
  if (int8) return int8Bytes(int8.values.length, int8.scales.length);
  return weightBytes(dtype) * data.length;
}

export function weightBytes(dtype: string): number {
  return { F32: 4, F16: 2, BF16: 2, F64: 8 }[dtype] ?? 4;
}
