/** What a layer is replaced by. */
import type { Constant } from './constant.ts';
import type { FloatType } from './element-types.ts';
import { type FoundLayer, viewOf } from './find-layers.ts';
import type { Arrange, NewNode, NewParts } from './new-parts.ts';
import { countOf } from './stored-tensor.ts';

/**
 * A layer of the chain that replaces a layer. Parts act in order; the last one keeps the bias.
 *
 * Dense: `shape` is [outputs, inputs]. Convolution: it is [outputs, inputs / groups, ...kernel], and `keeps` says for
 * each spatial axis whether this part has the extent, stride, dilation and padding of the layer there. Otherwise its
 * extent and stride there are 1.
 */
export interface ReplacementPart {
  /** `whole`: the only part, in the shape of the layer. */
  readonly suffix: 'right' | 'core' | 'left' | 'whole';
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** How `data` is stored in 8 bits, with one scale per output. Needs opset 13. */
  readonly int8?: { readonly values: Int8Array; readonly scales: Float32Array };
  readonly keeps?: readonly boolean[];
  /** Of this part. 1 if absent. */
  readonly groups?: number;
}

export interface OnnxReplacement {
  readonly parts: readonly ReplacementPart[];
  /** One value per output, which is added to the bias of the layer, or is a new one. */
  readonly addedBias?: Float32Array;
}

/** A layer while its replacement is made. */
export interface Rewriting {
  readonly layer: FoundLayer;
  readonly replacement: OnnxReplacement;
  readonly parts: NewParts;
  readonly nodes: NewNode[];
  readonly opset: number;
}

/** The values of the graph that hold the elements of a part. */
export function partConstant(
  { layer, parts, nodes }: Rewriting,
  part: ReplacementPart,
  shape: readonly number[] = part.shape,
  arranged?: Arrange,
): string {
  const { weight } = layer;
  if (countOf(part.shape) !== part.data.length) {
    throw new Error(`a part [${part.shape}] of ${part.data.length} values for '${layer.name}'`);
  }
  const layout = arranged ? 'transposed' : 'plain';
  // Transposed, the outputs are the last axis.
  const int8 = part.int8 && { ...part.int8, axis: arranged ? shape.length - 1 : 0 };
  return parts.constant(
    {
      purpose: JSON.stringify([viewOf(weight), part.suffix, layout]),
      name: `${weight.root}.${part.suffix}`,
      ...{ shape, elements: part.data, ...(arranged && { arranged }) },
      ...(int8 && { int8 }),
      ...typesOf(weight),
    },
    nodes,
  );
}

/** A constant that is added to the outputs of a layer. */
export function biasConstant(
  { layer, parts, nodes }: Rewriting,
  shape: readonly number[],
  elements: Float32Array,
): string {
  const { type } = typesOf(layer.weight);
  const purpose = JSON.stringify(['bias', layer.name]);
  const name = `${layer.name}.bias`;
  return parts.constant({ purpose, name, shape, elements, type, stored: type }, nodes);
}

/** Adds a constant after the last node, whose output it takes over. */
export function addAfter(rewriting: Rewriting, shape: readonly number[]): void {
  const { layer, replacement, parts, nodes } = rewriting;
  const constant = biasConstant(rewriting, shape, replacement.addedBias!);
  const last = nodes.pop()!;
  const between = parts.name(last.name);
  nodes.push({ ...last, outputs: [between], notes: [] });
  nodes.push({
    ...{ name: parts.name(`${layer.name}.add`), operation: 'Add', inputs: [between, constant] },
    ...{ outputs: last.outputs, attributes: {}, notes: last.notes },
  });
}

function typesOf({ type, stored }: Constant): { type: FloatType; stored: FloatType } {
  return { type: type as FloatType, stored: stored as FloatType };
}
