/**
 * Products of large matrices on the backend that is started, in float32.
 *
 * On wasm a product with a transposed operand is a slow loop, so there the small operand is transposed
 * by itself. Its kernel keeps the right-hand matrix of a product a second time, in an order of its own,
 * until that is disposed of: a weight that both `times` and `timesTransposed` use takes twice its size
 * of the 2 GB that wasm has.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Matrix, zeros } from '../linalg/matrix.ts';
import type { Products } from '../linalg/products.ts';

/** Of the current backend: start one first. Tensors live until `dispose`. */
export function backendProducts(): Products<tf.Tensor2D> {
  const slowTransposed = tf.getBackend() === 'wasm';
  const timesTransposed = slowTransposed
    ? (x: tf.Tensor2D, a: tf.Tensor2D) =>
        tf.tidy(() => tf.transpose(tf.matMul(a, tf.transpose(x))) as tf.Tensor2D)
    : (x: tf.Tensor2D, a: tf.Tensor2D) => tf.matMul(x, a, false, true) as tf.Tensor2D;
  return {
    roundoff: 2 ** -24,
    upload: ({ rows, cols, data }) =>
      tf.tensor2d(data instanceof Float32Array ? data : Float32Array.from(data), [rows, cols]),
    download: matrixOf,
    times: (x, a) => tf.matMul(x, a) as tf.Tensor2D,
    timesTransposed,
    minus: (x, y) => tf.sub(x, y),
    stack: (parts) => tf.concat([...parts], 0),
    gram: (x) => {
      const product = timesTransposed(x, x);
      const { rows: n, data } = matrixOf(product);
      product.dispose();
      const gram = zeros(n, n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) {
          gram.data[i * n + j] = gram.data[j * n + i] = (data[i * n + j]! + data[j * n + i]!) / 2;
        }
      }
      return gram;
    },
    dispose: (x) => x.dispose(),
  };
}

function matrixOf(x: tf.Tensor2D): Matrix {
  const [rows, cols] = x.shape;
  return { rows, cols, data: x.dataSync<'float32'>() };
}
