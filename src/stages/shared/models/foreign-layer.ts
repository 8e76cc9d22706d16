/** A layer of a model that another program made, as a layer that can be factored. */
import { type Int8Channels, int8Bytes, int8Values } from '../../../linalg/int8.ts';
import type { Matrix } from '../../../linalg/matrix.ts';
import type { Factorization } from '../../../linalg/methods/compression-method.ts';
import { sizeOf } from '../../../nn/model/description.ts';
import { notFiniteIn } from '../../../nn/model/finite.ts';
import type { Weight } from '../../../nn/model/weights.ts';
import { StageError } from '../../../runner/index.ts';
import type { Costs } from '../budget-units.ts';
import { notFiniteText } from '../finite-models.ts';
import type { CompressibleLayer, StoredFactors, WholeInInt8 } from './compressible-layer.ts';
import { type KernelMatrix, kernelMatrix } from './convolution-matrix.ts';
import { int8Matrix, isInt8, relativeDifference } from './int8-matrix.ts';
import { convolutionMacs, denseMacs, type Extents, sumOf } from './layer-macs.ts';

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
  /** The type in which the model computes with it. Default: `dtype`. */
  readonly type?: string;
  /** Where the layers with this weight are applied; missing for those of which it is unknown. */
  readonly extents?: readonly (Extents | undefined)[];
  /** In the layout of `shape`. */
  read(): Float32Array;
}

/** The parts act in order. The last has the bias. */
export interface ForeignPart {
  /** `whole`: the only part, in the shape of the layer. */
  readonly suffix: 'right' | 'core' | 'left' | 'whole';
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** How `data` is stored in 8 bits, with one scale per output. */
  readonly int8?: Int8Channels;
  /** Of a convolution: the axes on which this part has the layer's extent, stride, dilation and padding. */
  readonly keeps?: readonly boolean[];
}

export interface ForeignReplacement extends StoredFactors {
  readonly parts: readonly ForeignPart[];
  /** One value per output, which is added to the bias of the layer. */
  readonly addedBias?: Float32Array;
}

/** The values rounded to a dtype. */
export type RoundTo = (dtype: string, values: Float32Array) => Float32Array;

/** `scheme`: how a convolution is factored. `undefined` if the scheme has no form for this kernel. */
export function foreignLayer(
  layer: ForeignLayer,
  scheme: string | undefined,
  roundTo: RoundTo,
): CompressibleLayer<ForeignReplacement> | undefined {
  const form = layer.kind === 'dense' ? denseForm(layer) : kernelMatrix(layer.shape, scheme!);
  if (!form) return undefined;
  const { name, kind, biases, dtype, type = dtype } = layer;
  const [outputs] = layer.shape as [number];
  const computed = (values: Float32Array) => roundTo(type, values);
  /** @param channels if the matrix is stored in 8 bits */
  const round = (matrix: Matrix, channels: number | undefined): Matrix =>
    channels === undefined
      ? { ...matrix, data: roundTo(dtype, Float32Array.from(matrix.data)) }
      : int8Matrix(matrix, channels, computed);
  return {
    name,
    kind,
    rows: form.rows,
    cols: form.cols,
    biases,
    // Nobody knows what the outputs of a foreign model are. The user selects the layers.
    last: false,
    factors: kind === 'dense' ? name : `${name}@${scheme}`,
    weightBytes: WEIGHT_BYTES[dtype] ?? 4,
    outputs,
    macs: (stored) => macsOf(layer, scheme, stored),
    matrix: () => form.matrix(finiteWeight(layer)),
    round: (factorization, int8) => {
      // All floats of these types are stored as they are.
      if (!int8 && (dtype === 'F32' || dtype === 'F64')) return factorization;
      const { left, core, right, ...rest } = factorization;
      return {
        ...rest,
        left: round(left, int8 ? outputs : undefined),
        ...(core && { core: round(core, int8 ? core.rows : undefined) }),
        right: round(right, int8 ? right.rows : undefined),
      };
    },
    inInt8: () => wholeInInt8(layer, computed),
    replace: (factorization) => replacementOf(layer, form, factorization),
  };
}

function macsOf(
  { kind, shape, extents = [undefined] }: ForeignLayer,
  scheme: string | undefined,
  form: string | null,
): Costs | undefined {
  const [rows, cols] = shape as [number, number];
  return sumOf(
    extents.map((one) => {
      if (!one) return undefined;
      return kind === 'dense'
        ? denseMacs({ rows, cols }, sizeOf(one.output), form)
        : convolutionMacs(shape, scheme!, one, form);
    }),
  );
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
  layer: ForeignLayer,
  form: Form,
  { left, core, right, bias }: Factorization,
): ForeignReplacement {
  const parts: readonly ForeignPart[] = [
    partOf('right', right, form),
    ...(core ? [partOf('core', core, form)] : []),
    partOf('left', left, form),
  ];
  const addedBias = bias && Float32Array.from(bias);
  const stored = storedParts(layer, parts, addedBias);
  return { ...stored, ...(addedBias && { addedBias }) };
}

function wholeInInt8(
  layer: ForeignLayer,
  computed: (values: Float32Array) => Float32Array,
): WholeInInt8<ForeignReplacement> {
  const { kind, shape } = layer;
  const [rows, ...inputs] = shape as [number, ...number[]];
  const weight = finiteWeight(layer);
  const stored = int8Matrix({ rows, cols: sizeOf(inputs), data: weight }, rows, computed);
  const keeps = kind === 'convolution' && { keeps: shape.slice(2).map(() => true) };
  const part = { suffix: 'whole', shape, ...elementsOf(stored, stored.data), ...keeps } as const;
  const relativeError = relativeDifference(weight, stored.data);
  return { replacement: storedParts(layer, [part], undefined), relativeError };
}

function storedParts(
  { name, shape, biases, dtype }: ForeignLayer,
  parts: readonly ForeignPart[],
  addedBias: Float32Array | undefined,
): ForeignReplacement {
  const weights = new Map<string, Weight>(
    parts.map(({ suffix, shape, data }) => [`${name}.${suffix}.weight`, { shape, data }]),
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
  return (WEIGHT_BYTES[dtype] ?? 4) * data.length;
}

const WEIGHT_BYTES: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2, F64: 8 };

/** @param data the elements of the matrix, in the layout of the part */
function elementsOf(matrix: Matrix, data: Float32Array): Pick<ForeignPart, 'data' | 'int8'> {
  if (!isInt8(matrix)) return { data };
  const { scales } = matrix;
  return { data, int8: { values: int8Values(data, scales), scales } };
}

function partOf(suffix: 'right' | 'core' | 'left', matrix: Matrix, form: Form): ForeignPart {
  const part = form[suffix](matrix);
  return { suffix, ...part, ...elementsOf(matrix, part.data) };
}

type Form = Omit<KernelMatrix, 'right' | 'core' | 'left'> &
  Record<'right' | 'core' | 'left', (matrix: Matrix) => Omit<ForeignPart, 'suffix'>>;

function denseForm({ shape: [rows, cols] }: ForeignLayer): Form {
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
