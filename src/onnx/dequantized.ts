/** `DequantizeLinear` of constants: (integer - zero point) * scale, with one scale or one per index of an axis. */
import { asStored } from '../base/half-floats.ts';
import { integerAttribute } from './attributes.ts';
import type { Constant, ConstantSource } from './constant.ts';
import { isFloatType } from './element-types.ts';
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
  // Names, because the steps of a hostile chain of scales would grow with each one.
  const step = `dequantize by '${node.inputs[1]}' and '${zeroName}' along ${axis}`;
  return {
    ...{
      root: value.root,
      shape: value.shape,
      type,
      stored: type,
      links: 0,
      steps: [...value.steps, step],
    },
    ...(!isPlain && { unsupported: `is quantized as ${value.type} in blocks or few bits` }),
    read() {
      const inner = value.shape.slice(axis + 1).reduce((all, extent) => all * extent, 1);
      const [factors, zeros] = [scale.read(), zero?.read()];
      const result = value.read();
      for (let i = 0; i < result.length; i++) {
        const place = scales === 1 ? 0 : Math.floor(i / inner) % scales!;
        result[i] = (result[i]! - (zeros?.[place] ?? 0)) * factors[place]!;
      }
      return asStored(result, type);
    },
  };
}

/** Of a scalar or a vector. */
function extentOf(shape: readonly number[]): number | undefined {
  return shape.length === 0 ? 1 : shape.length === 1 ? shape[0] : undefined;
}
