/** `DequantizeLinear` of constants: (integer - zero point) * scale, with one scale or one per index of an axis. */
import { integerAttribute } from './attributes.ts';
import type { Constant, ConstantSource } from './constant.ts';
import { isFloatType, rounded } from './element-types.ts';
import type { StoredNode } from './stored-graph.ts';

export function dequantized(source: ConstantSource, node: StoredNode): Constant | undefined {
  const [value, scale] = [source.at(node.inputs[0] ?? ''), source.at(node.inputs[1] ?? '')];
  const zeroName = node.inputs[2] ?? '';
  const zero = source.at(zeroName);
  if (!value || !scale || (zeroName !== '' && !zero)) return undefined;
  const { type } = scale;
  if (!isFloatType(type)) return undefined;
  const rank = value.shape.length;
  const stated = integerAttribute(source.bytes, node, 'axis') ?? 1;
  const axis = stated < 0 ? stated + rank : stated;
  const scales = extentOf(scale.shape);
  const isPlain =
    [value, scale, zero].every((one) => one?.unsupported === undefined) &&
    (integerAttribute(source.bytes, node, 'block_size') ?? 0) === 0 &&
    (scales === 1 || scales === value.shape[axis]) &&
    (!zero || extentOf(zero.shape) === scales);
  const steps = [value.steps, scale.root, scale.steps, zero?.root, zero?.steps, axis];
  return {
    ...{ root: value.root, shape: value.shape, type, stored: type },
    steps: [`dequantize ${JSON.stringify(steps)}`],
    ...(!isPlain && { unsupported: `is quantized as ${value.type} in blocks or few bits` }),
    read() {
      const inner = value.shape.slice(axis + 1).reduce((all, extent) => all * extent, 1);
      const [factors, zeros] = [scale.read(), zero?.read()];
      const result = value.read();
      for (let i = 0; i < result.length; i++) {
        const place = scales === 1 ? 0 : Math.floor(i / inner) % scales!;
        result[i] = (result[i]! - (zeros?.[place] ?? 0)) * factors[place]!;
      }
      return rounded(result, type);
    },
  };
}

/** Of a scalar or a vector. */
function extentOf(shape: readonly number[]): number | undefined {
  return shape.length === 0 ? 1 : shape.length === 1 ? shape[0] : undefined;
}
