/** A layer of a model that another program made, as a layer that can be factored. */
import { sizeOf } from '../../../base/axes.ts';
import { asStored, halfFormat } from '../../../base/half-floats.ts';
import type { Matrix } from '../../../linalg/matrix.ts';
import type { Factorization } from '../../../linalg/methods/compression-method.ts';
import { notFiniteIn } from '../../../nn/model/finite.ts';
import type { Weight } from '../../../nn/model/weights.ts';
import { StageError } from '../../../runner/index.ts';
import { notFiniteText } from '../finite-models.ts';
import type { CompressibleLayer, StoredFactors } from './compressible-layer.ts';
import { type KernelMatrix, kernelMatrix } from './convolution-matrix.ts';

/** A layer with constant weights, as the rooms of the file formats describe it. */
export interface ForeignLayer {
  readonly name: string;
  readonly kind: 'dense' | 'convolution';
  /** Dense: [outputs, inputs]. Convolution: [out, in / groups, ...kernel]. */
  readonly shape: readonly number[];
  readonly biases: number;
  /** 1 for a dense layer. */
  readonly groups: number;
  /** As stored: F32, F16, BF16 or F64. */
  readonly dtype: string;
  /** The values that the weight acts on, each with its axis of inputs. Layers that share a weight are one layer. */
  readonly inputs?: readonly LayerInput[];
  /** In the layout of `shape`. */
  read(): Float32Array;
}

export interface LayerInput {
  /** Its name in the graph. */
  readonly value: string;
  readonly axis: number;
}

/** The parts act in order. The last has the bias. */
export interface ForeignPart {
  readonly suffix: 'right' | 'core' | 'left';
  readonly shape: readonly number[];
  readonly data: Float32Array;
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

/** `scheme`: how a convolution is factored. `undefined` if the scheme has no form for this kernel. */
export function foreignLayer(
  layer: ForeignLayer,
  scheme: string | undefined,
): CompressibleLayer<ForeignReplacement> | undefined {
  const { name, kind, biases, dtype, groups } = layer;
  const [outputs, ...rest] = layer.shape as [number, ...number[]];
  const shape = [outputs / groups, ...rest];
  const form = kind === 'dense' ? denseForm(shape) : kernelMatrix(shape, scheme!);
  if (!form) return undefined;
  const factors = kind === 'dense' ? name : `${name}@${scheme}`;
  const size = sizeOf(shape);
  const weight = groups === 1 ? () => finiteWeight(layer) : readSeldom(() => finiteWeight(layer));
  const round = (matrix: Matrix): Matrix => ({
    ...matrix,
    data: asStored(Float32Array.from(matrix.data), dtype),
  });
  return {
    name,
    kind,
    rows: groups * form.rows,
    cols: form.cols,
    biases,
    // Nobody knows what the outputs of a foreign model are. The user selects the layers.
    last: false,
    matrices: Array.from({ length: groups }, (_, group) => ({
      factors: groups === 1 ? factors : `${factors}.${group}`,
      matrix: () => form.matrix(weight().subarray(group * size, (group + 1) * size)),
    })),
    ...(halfFormat(dtype) && {
      round: ({ left, core, right, ...rest }) => ({
        ...rest,
        left: round(left),
        ...(core && { core: round(core) }),
        right: round(right),
      }),
    }),
    replace: (factorizations) => replacementOf(layer, form, factorizations),
  };
}

/** Groups are used one after the other, and each needs the whole weight. It stays in memory only if there is enough. */
function readSeldom(read: () => Float32Array): () => Float32Array {
  let last: WeakRef<Float32Array> | undefined;
  return () => {
    const known = last?.deref();
    if (known) return known;
    const data = read();
    last = new WeakRef(data);
    return data;
  };
}

function finiteWeight(layer: ForeignLayer): Float32Array {
  const data = layer.read();
  const found = notFiniteIn(new Map([[layer.name, { shape: layer.shape, data }]]));
  if (found === undefined) return data;
  throw new StageError(
    `the weight of a layer can't be factored: ${notFiniteText(found)}`,
    'repair the model, or leave this layer out',
  );
}

function replacementOf(
  { name, shape, biases, groups }: ForeignLayer,
  form: Form,
  factorizations: readonly Factorization[],
): ForeignReplacement {
  const [{ core, bias }] = factorizations as readonly [Factorization];
  const part = (suffix: ForeignPart['suffix']): ForeignPart => ({
    suffix,
    ...together(factorizations.map((one) => form[suffix](one[suffix]!))),
    ...(groups > 1 && { groups }),
  });
  const parts = [part('right'), ...(core ? [part('core')] : []), part('left')];
  const weights = new Map<string, Weight>(
    parts.map((one) => [`${name}.${one.suffix}.weight`, { shape: one.shape, data: one.data }]),
  );
  const addedBias = bias && Float32Array.from(factorizations.flatMap((one) => [...one.bias!]));
  if (biases > 0 || addedBias) {
    const data = addedBias ?? new Float32Array(shape[0]!);
    weights.set(`${name}.left.bias`, { shape: [data.length], data });
  }
  return { parts, weights, ...(addedBias && { addedBias }) };
}

type GroupPart = Omit<ForeignPart, 'suffix' | 'groups'>;

/** The output channels of all groups, one group after the other. */
function together(parts: readonly GroupPart[]): GroupPart {
  const [first] = parts as readonly [GroupPart];
  if (parts.length === 1) return first;
  const [outputs, ...rest] = first.shape as [number, ...number[]];
  const data = new Float32Array(parts.length * first.data.length);
  for (const [i, one] of parts.entries()) data.set(one.data, i * first.data.length);
  return { ...first, shape: [parts.length * outputs, ...rest], data };
}

type Form = Omit<KernelMatrix, 'right' | 'core' | 'left'> &
  Record<'right' | 'core' | 'left', (matrix: Matrix) => GroupPart>;

function denseForm([rows, cols]: readonly number[]): Form {
  const part = ({ rows: out, cols: inputs, data }: Matrix) => ({
    shape: [out, inputs],
    data: Float32Array.from(data),
  });
  return {
    rows: rows!,
    cols: cols!,
    matrix: (data) => ({ rows: rows!, cols: cols!, data }),
    right: part,
    core: part,
    left: part,
  };
}
