/** A layer of a model that another program made, as a layer that can be factored. */
import { sizeOf } from '../../../base/axes.ts';
import { asStored, halfFormat } from '../../../base/half-floats.ts';
import type { Matrix } from '../../../linalg/matrix.ts';
import { notFiniteIn } from '../../../nn/model/finite.ts';
import { StageError } from '../../../runner/index.ts';
import type { Costs } from '../layers/budget-units.ts';
import type { CompressibleLayer } from '../layers/compressible-layer.ts';
import { kernelMatrix } from '../layers/convolution-matrix.ts';
import { notFiniteText } from '../models/finite-models.ts';
import { convolutionMacs, denseMacs, type Extents, sumOf } from '../ranks/layer-macs.ts';
import {
  type ForeignReplacement,
  type Form,
  factored,
  type PartlyKnown,
  weightBytes,
  wholeInInt8,
} from './foreign-parts.ts';
import { int8Matrix } from './int8-matrix.ts';

/** A layer with constant weights, as the rooms of the file formats describe it. */
export interface ForeignLayer extends PartlyKnown {
  /** The type in which the model computes with it. Default: `dtype`. */
  readonly type?: string;
  /** The values that the weight acts on, each with its axis of inputs. Layers that share a weight are one layer. */
  readonly inputs?: readonly LayerInput[];
  /** Where the layers with this weight are applied; missing for those of which it is unknown. */
  readonly extents?: readonly (Extents | undefined)[];
  /** In the layout of `shape`. */
  read(): Float32Array;
  /** Of a dense layer of an ONNX model: one constant per output that is added to it. Undefined if there are none. */
  readBias?(): Float64Array | undefined;
  /** Whether `writeWithWeights` can store other floats instead of the weight. */
  readonly isReplaceable?: boolean;
}

export interface LayerInput {
  /** Its name in the graph. */
  readonly value: string;
  readonly axis: number;
}

/** `scheme`: how a convolution is factored. `undefined` if the scheme has no form for this kernel. */
export function foreignLayer(
  layer: ForeignLayer,
  scheme: string | undefined,
): CompressibleLayer<ForeignReplacement> | undefined {
  const { name, kind, biases, dtype, groups, type = dtype } = layer;
  const [outputs, ...rest] = layer.shape as [number, ...number[]];
  const shape = [outputs / groups, ...rest];
  const form = kind === 'dense' ? denseForm(shape) : kernelMatrix(shape, scheme!);
  if (!form) return undefined;
  const factors = kind === 'dense' ? name : `${name}@${scheme}`;
  const size = sizeOf(shape);
  const weight = readSeldom(() => finiteWeight(layer));
  const computed = (values: Float32Array) => asStored(values, type);
  /** @param channels if the matrix is stored in 8 bits */
  const round = (matrix: Matrix, channels: number | undefined): Matrix =>
    channels === undefined
      ? { ...matrix, data: asStored(Float32Array.from(matrix.data), dtype) }
      : int8Matrix(matrix, channels, computed);
  return {
    name,
    kind,
    rows: groups * form.rows,
    cols: form.cols,
    biases,
    // The outputs of a foreign model can be anything. The user selects the layers.
    last: false,
    matrices: Array.from({ length: groups }, (_, group) => ({
      factors: groups === 1 ? factors : `${factors}.${group}`,
      matrix: () => form.matrix(weight().subarray(group * size, (group + 1) * size)),
    })),
    weightBytes: weightBytes(dtype),
    outputs,
    macs: (stored) => macsOf(layer, scheme, stored),
    round: (factorization, int8) => {
      if (!int8 && !halfFormat(dtype)) return factorization;
      const { left, core, right, ...others } = factorization;
      return {
        ...others,
        left: round(left, int8 ? outputs / groups : undefined),
        ...(core && { core: round(core, int8 ? core.rows : undefined) }),
        right: round(right, int8 ? right.rows : undefined),
      };
    },
    inInt8: () => wholeInInt8(layer, weight(), computed),
    replace: (factorizations) => factored(layer, form, factorizations),
  };
}

function macsOf(
  { kind, shape, groups, extents = [undefined] }: ForeignLayer,
  scheme: string | undefined,
  form: string | null,
): Costs | undefined {
  const [rows, cols] = shape as [number, number];
  return sumOf(
    extents.map((one) => {
      if (!one) return undefined;
      return kind === 'dense'
        ? denseMacs({ rows, cols }, sizeOf(one.output), form)
        : convolutionMacs({ shape, groups }, scheme!, one, form);
    }),
  );
}

/**
 * A layer is read for its digest, its factors and its error, and for each group. It stays in memory only if there is
 * enough.
 */
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
