/** A `Conv` as a chain of convolutions. */

import type { Constants } from './constants.ts';
import { geometryOf } from './convolution-layers.ts';
import type { OnnxAttributes } from './model.ts';
import type { ModelBytes } from './model-bytes.ts';
import {
  addAfter,
  biasConstant,
  partConstant,
  type ReplacementPart,
  type Rewriting,
} from './replaced-layer.ts';

export function replaceConvolution(rewriting: Rewriting, constants: Constants): void {
  const { layer, replacement, parts, nodes } = rewriting;
  const { node, name } = layer;
  const biasName = node.inputs[2] ?? '';
  const { addedBias } = replacement;
  const bias = constants.at(biasName);
  const known = bias?.unsupported === undefined && bias?.shape[0] === addedBias?.length && bias;
  const isAddedAfter = addedBias !== undefined && biasName !== '' && !known;
  let value = node.inputs[0]!;
  for (const [index, part] of replacement.parts.entries()) {
    const isLast = index === replacement.parts.length - 1;
    const inputs = [value, partConstant(rewriting, part)];
    if (isLast && addedBias && !isAddedAfter) {
      const sum = known ? sumOf(known.read(), addedBias) : addedBias;
      inputs.push(biasConstant(rewriting, [addedBias.length], sum));
    } else if (isLast && biasName !== '') inputs.push(biasName);
    const partName = parts.name(`${name}.${part.suffix}`);
    nodes.push({
      ...{ name: partName, operation: 'Conv', inputs, outputs: isLast ? node.outputs : [partName] },
      attributes: attributesOf(constants.bytes, rewriting, part),
      notes: isLast ? node.notes : [],
    });
    value = partName;
  }
  if (isAddedAfter) addAfter(rewriting, [addedBias.length, ...layer.weight.shape.slice(2).fill(1)]);
}

function attributesOf(
  bytes: ModelBytes,
  { layer }: Rewriting,
  part: ReplacementPart,
): OnnxAttributes {
  const kernel = layer.weight.shape.slice(2);
  const { strides, dilations, pads, autoPad } = geometryOf(bytes, layer.node, kernel)!;
  const keeps = kernel.map((_, axis) => part.keeps?.[axis] ?? false);
  const own = part.shape.slice(2);
  for (const [axis, extent] of kernel.entries()) {
    if (own[axis] === (keeps[axis] ? extent : 1)) continue;
    throw new Error(`a part [${part.shape}] for the kernel of '${layer.name}', [${kernel}]`);
  }
  const where = (kept: readonly number[], otherwise: number): readonly number[] =>
    keeps.map((isKept, axis) => (isKept ? kept[axis]! : otherwise));
  const integers = (value: readonly number[]) => ({ kind: 'integers', value }) as const;
  return {
    kernel_shape: integers(own),
    strides: integers(where(strides, 1)),
    dilations: integers(where(dilations, 1)),
    group: { kind: 'integer', value: part.groups ?? 1 },
    ...(pads
      ? {
          pads: integers(
            [0, 1].flatMap((end) =>
              where(
                pads.map((pair) => pair[end]!),
                0,
              ),
            ),
          ),
        }
      : { auto_pad: { kind: 'string', value: autoPad } }),
  };
}

function sumOf(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, index) => value + b[index]!);
}
