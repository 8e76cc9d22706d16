/** What nodes make of constants. Undefined: the node makes no constant, or in a form that is not followed here. */
import { asStored } from '../base/half-floats.ts';
import { integerAttribute, integersAttribute } from './attributes.ts';
import type { Constant, ConstantSource } from './constant.ts';
import { dequantized } from './dequantized.ts';
import { elementTypeName, isFloatType } from './element-types.ts';
import type { StoredNode } from './stored-graph.ts';
import { countOf } from './stored-tensor.ts';
import { transposed } from './transposed.ts';

type Rule = (source: ConstantSource, node: StoredNode) => Constant | undefined;

/** Elements of a constant that is stored as one element and a shape. The memory of others is that of the file. */
const FILLED_LIMIT = 1 << 27;

export const constantNodes: Readonly<Record<string, Rule>> = {
  Constant(source, node) {
    const tensor = node.attributes.get('value')?.tensors[0];
    return tensor && source.fromTensor(node.outputs[0]!, tensor);
  },

  ConstantOfShape(source, node) {
    const shape = source.shapeAt(node.inputs[0] ?? '');
    const count = shape && countOf(shape);
    const value = node.attributes.get('value')?.tensors[0];
    if (count === undefined || (value && value.count !== 1)) return undefined;
    const one = value && source.fromTensor('', value);
    const type = one?.type ?? 'F32';
    const unsupported = count > FILLED_LIMIT ? `has ${count} elements` : one?.unsupported;
    return {
      ...{ root: node.outputs[0]!, steps: [], shape: shape!, type, stored: type, links: 0 },
      ...(unsupported !== undefined && { unsupported }),
      read: () => new Float32Array(count).fill(one?.read()[0] ?? 0),
    };
  },

  Identity: (source, node) => source.at(node.inputs[0] ?? ''),

  Cast(source, node) {
    const from = source.at(node.inputs[0] ?? '');
    const type = elementTypeName(integerAttribute(source.bytes, node, 'to') ?? 0);
    if (!from || from.type === type) return from;
    if (!isFloatType(type)) return undefined;
    // Integers that become floats are stored as these floats when they are replaced.
    const stored = isFloatType(from.stored) ? from.stored : type;
    return {
      ...{ ...from, type, stored, steps: [...from.steps, `cast to ${type}`] },
      read: () => asStored(from.read(), type),
    };
  },

  Transpose(source, node) {
    const from = source.at(node.inputs[0] ?? '');
    if (!from) return undefined;
    const rank = from.shape.length;
    const order =
      integersAttribute(source.bytes, node, 'perm') ?? from.shape.map((_, axis) => rank - 1 - axis);
    const isOrder = order.toSorted((a, b) => a - b).every((axis, place) => axis === place);
    return isOrder && order.length === rank ? transposed(from, order) : undefined;
  },

  Reshape(source, node) {
    const from = source.at(node.inputs[0] ?? '');
    const asked = source.shapeAt(node.inputs[1] ?? '');
    if (!from || !asked) return undefined;
    const keepsZeros = integerAttribute(source.bytes, node, 'allowzero') === 1;
    const shape = reshaped(from.shape, asked, keepsZeros);
    if (!shape || shape.join() === from.shape.join()) return shape && from;
    return { ...from, shape, steps: [...from.steps, `reshape to ${shape.join(' x ')}`] };
  },

  DequantizeLinear: dequantized,
};

/** 0 keeps an extent, and -1 takes what is left. */
function reshaped(
  from: readonly number[],
  asked: readonly number[],
  keepsZeros: boolean,
): readonly number[] | undefined {
  const count = countOf(from)!;
  const known = asked.map((extent, axis) =>
    extent === 0 && !keepsZeros ? (from[axis] ?? -2) : extent,
  );
  const rest = known.indexOf(-1);
  if (rest >= 0) {
    const others = countOf(known.toSpliced(rest, 1));
    if (!others) return undefined;
    known[rest] = count / others;
  }
  return countOf(known) === count ? known : undefined;
}
