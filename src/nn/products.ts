/**
 * Products of large matrices on the started backend, in float32.
 *
 * With tensors: a large matrix is fast as the left operand, in its own layout. wasm repacks the right operand each time, TensorFlow
 * was three times as slow with it, and a transposed operand is a slow loop on wasm. So there the small operand is
 * transposed separately. A transposed copy of a large matrix is kept too once it is needed: twice its size, of the
 * 4 GB that wasm can address.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Matrix, symmetrized } from '../linalg/matrix.ts';
import type { Multiply } from '../linalg/multiply.ts';
import type { Products } from '../linalg/products.ts';
import { fastProducts } from './fast-forms.ts';
import { timesTransposed } from './kernels/products.ts';
import { transposed } from './kernels/transpose.ts';

/** For the current backend, which must be started. Handles live until `dispose`. */
export function backendProducts(): Products {
  return fastProducts[tf.getBackend()]?.() ?? tensorProducts();
}

/** A matrix on the backend, and its transpose if that was needed. */
interface BackendMatrix {
  readonly values: tf.Tensor2D;
  transposed?: tf.Tensor2D;
}

function tensorProducts(): Products<BackendMatrix> {
  /** X A^T. */
  const rowsByRows = (x: tf.Tensor2D, a: tf.Tensor2D) => tf.tidy(() => timesTransposed(x, a));
  return {
    roundoff: 2 ** -24,
    upload: (a) => ({ values: tensorOf(a) }),
    download: ({ values }) => matrixOf(values),
    times: ({ values: x }, a) => {
      if (a.values.size < LARGE) return { values: tf.matMul(x, a.values) };
      a.transposed ??= transposed(a.values);
      return { values: rowsByRows(x, a.transposed) };
    },
    timesTransposed: ({ values: x }, { values: a }) => ({ values: rowsByRows(x, a) }),
    minus: (x, y) => ({ values: tf.sub(x.values, y.values) }),
    stack: (parts) => ({ values: stacked(parts) }),
    timesStack: ({ values: x }, parts) => ({ values: tf.tidy(() => tf.matMul(x, stacked(parts))) }),
    gram: ({ values: x }) => {
      const product = rowsByRows(x, x);
      const gram = symmetrized(matrixOf(product));
      product.dispose();
      return gram;
    },
    dispose: ({ values, transposed }) => {
      values.dispose();
      transposed?.dispose();
    },
  };
}

function stacked(parts: readonly BackendMatrix[]): tf.Tensor2D {
  return tf.concat(parts.map(({ values }) => values));
}

/** A B on the current backend, in float32. Neither matrix stays there. */
export function backendMultiply(): Multiply {
  const products = backendProducts();
  return (a, b) => {
    const handles = [products.upload(a), products.upload(b)] as const;
    const product = products.times(...handles);
    const values = products.download(product);
    for (const done of [...handles, product]) products.dispose(done);
    return values;
  };
}

/** The number of entries from which a transposed copy is worth its time: more than blocks of a few rows have. */
const LARGE = 2 ** 24;

function matrixOf(x: tf.Tensor2D): Matrix {
  const [rows, cols] = x.shape;
  return { rows, cols, data: x.dataSync<'float32'>() };
}

function tensorOf({ rows, cols, data }: Matrix): tf.Tensor2D {
  const values = data instanceof Float32Array ? data : new Float32Array(data);
  return tf.tensor2d(values, [rows, cols]);
}
