/**
 * PyTorch's adaptive average pool as ONNX operations. ONNX has no such operation, but the size of the map is known, so
 * the pool is one of four others. A flatten follows it.
 */
import type { OnnxNode } from '../../onnx/model.ts';
import { cellWeights } from '../kernels/cell-weights.ts';
import type { Shape } from '../model/shapes.ts';
import { integers, node, type Step, tensor } from './onnx-parts.ts';

/** Undefined if it passes on its input. */
export function averagePool(
  name: string,
  value: string,
  [height, width, channels]: Shape,
  size: number,
): Step | undefined {
  const [rows, columns] = [height! / size, width! / size];
  if (rows === 1 && columns === 1) return undefined;
  if (size === 1) return { nodes: [node('GlobalAveragePool', name, [value])] };
  if (Number.isInteger(rows) && Number.isInteger(columns)) {
    const window = { kernel_shape: [rows, columns], strides: [rows, columns] };
    return { nodes: [node('AveragePool', name, [value], window)] };
  }
  if (height === 1 && width === 1) {
    const shape = integers(`${name}.shape`, [1, 1, size, size]);
    return { nodes: [node('Expand', name, [value, shape.name])], constants: [shape] };
  }
  return matrixPool(name, value, [height!, width!, channels!], size);
}

/** The cells overlap, or repeat positions. The pool is a matrix on the positions of each channel. */
function matrixPool(
  name: string,
  value: string,
  [height, width, channels]: readonly [number, number, number],
  size: number,
): Step {
  const positions = height * width;
  const shape = integers(`${name}.shape`, [-1, channels, positions]);
  const { byPosition } = cellWeights(height, width, size);
  const cells = tensor(`${name}.cells`, [positions, size * size], byPosition);
  const flat: OnnxNode = node('Reshape', `${name}.positions`, [value, shape.name]);
  return {
    nodes: [flat, node('MatMul', name, [flat.outputs[0]!, cells.name])],
    constants: [shape, cells],
  };
}
