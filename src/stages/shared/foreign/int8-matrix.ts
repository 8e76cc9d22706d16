/** Matrices as they are stored in 8 bits. */
import { dequantized, int8Scales, int8Values } from '../../../linalg/int8.ts';
import type { Matrix } from '../../../linalg/matrix.ts';

/** The values are those of the integers and scales. */
export interface Int8Matrix extends Matrix {
  readonly data: Float32Array;
  /** One per channel, which is a block of rows. */
  readonly scales: Float32Array;
}

/** @param rounded rounds the values to the type with which the model computes */
export function int8Matrix(
  matrix: Matrix,
  channels: number,
  rounded: (values: Float32Array) => Float32Array,
): Int8Matrix {
  const scales = int8Scales(matrix.data, channels);
  const values = int8Values(matrix.data, scales);
  return { ...matrix, data: rounded(dequantized({ values, scales })), scales };
}

export function isInt8(matrix: Matrix): matrix is Int8Matrix {
  return 'scales' in matrix;
}

/** ||a - b|| / ||a||; 0 if both are zero. */
export function relativeDifference(a: Float32Array, b: Float32Array): number {
  let [difference, total] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    total += a[i]! ** 2;
  }
  return difference === 0 ? 0 : Math.sqrt(difference / total);
}
