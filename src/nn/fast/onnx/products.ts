/**
 * Products of large matrices on ONNX Runtime. Matrices stay where they are: operands are not copied, whatever their
 * size, and no transposed copy of a large one is made. Multiplying by its transpose is as fast.
 */
import { type Matrix, symmetrized } from '../../../linalg/matrix.ts';
import type { Products } from '../../../linalg/products.ts';
import { multiply } from './multiply.ts';
import type { RuntimeTensor } from './session.ts';
import { tensor } from './session.ts';

export function onnxProducts(): Products<RuntimeTensor> {
  return {
    roundoff: 2 ** -24,
    upload: ({ rows, cols, data }) =>
      tensor(data instanceof Float32Array ? data : Float32Array.from(data), [rows, cols]),
    download: matrixOf,
    times: (x, a) => multiply(x, a),
    timesTransposed: (x, a) => multiply(x, a, { transposedRight: true }),
    minus: (x, y) => {
      const difference = x.data.slice();
      for (let i = 0; i < difference.length; i++) difference[i]! -= y.data[i]!;
      return tensor(difference, x.dims);
    },
    stack,
    gram: (x) => symmetrized(matrixOf(multiply(x, x, { transposedRight: true }))),
    // Collected as garbage.
    dispose: () => {},
  };
}

function matrixOf({ dims, data }: RuntimeTensor): Matrix {
  const [rows, cols] = dims as readonly [number, number];
  return { rows, cols, data };
}

function stack(parts: readonly RuntimeTensor[]): RuntimeTensor {
  const rows = parts.reduce((count, { dims }) => count + dims[0]!, 0);
  const cols = parts[0]!.dims[1]!;
  const data = new Float32Array(rows * cols);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return tensor(data, [rows, cols]);
}
