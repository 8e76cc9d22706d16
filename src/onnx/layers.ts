/** The layers of a model that can be compressed. */
import { constantBias } from './constant-bias.ts';
import { type Extents, statedExtents } from './extents.ts';
import { type FoundLayer, findLayers, type WholeNode } from './find-layers.ts';
import type { OnnxFile } from './open.ts';
import { isReplaceable } from './replace-weights.ts';

export interface OnnxLayer {
  /** Of the node, or of what it computes if it has none. Unique. */
  readonly name: string;
  readonly operation: 'Gemm' | 'MatMul' | 'Conv';
  readonly kind: 'dense' | 'convolution';
  /** The constant that holds the weight. Layers that share it have the same `shape` and elements. */
  readonly weight: string;
  /** Constant values that the node adds to its outputs. */
  readonly biases: number;
  readonly groups: number;
  /** Dense: [outputs, inputs] of the linear map y = W x. Convolution: [outputs, inputs / groups, ...kernel]. */
  readonly shape: readonly number[];
  /** The type of the stored floats: F32, F16, BF16 or F64. */
  readonly dtype: string;
  /** The type in which the node computes. It differs from `dtype` behind a `Cast`. */
  readonly type: string;
  /** The value of the graph that the weight acts on, and its axis with the inputs of the layer. */
  readonly input: { readonly value: string; readonly axis: number };
  /** Unknown if the model does not state the shapes. */
  readonly extents: Extents | undefined;
  /** The elements in the layout of `shape`, with the factor of a `Gemm`. */
  read(): Float32Array;
  /** Of a dense layer: one constant per output that is added to it. Undefined if there are none. */
  readBias(): Float64Array | undefined;
  /** Whether `writeWeights` can store other floats instead. */
  readonly isReplaceable: boolean;
}

/** Nodes that stay whole, each with the reason. */
export interface OnnxLayers {
  readonly layers: readonly OnnxLayer[];
  readonly whole: readonly WholeNode[];
}

export function constantLayers(file: OnnxFile): OnnxLayers {
  const { constants, layers, whole } = findLayers(file);
  const extentsOf = statedExtents(file);
  return {
    whole,
    layers: layers.map((layer) => ({
      ...described(layer),
      extents: extentsOf(layer),
      readBias: () => constantBias(constants, file.graph, layer),
      isReplaceable: layer.kind === 'dense' && isReplaceable(file, layer.weight),
    })),
  };
}

function described({ name, node, kind, weight, place, groups, biases, inputAxis }: FoundLayer) {
  return {
    ...{ name, kind, groups, biases, weight: weight.root },
    ...{ shape: weight.shape, dtype: weight.stored, type: weight.type },
    operation: node.operation as OnnxLayer['operation'],
    input: { value: node.inputs[1 - place]!, axis: inputAxis },
    read: weight.read,
  };
}
