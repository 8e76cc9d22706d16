/**
 * One product whose bytes do not depend on the number of threads.
 *
 * A thread computes some rows or some columns of a product. ONNX Runtime divides the longer side, and the order in which
 * it adds up a sum depends on the number of columns that a thread has. So the product is turned such that it has as many
 * rows as columns or more, and is turned back. The order also differs where a thread has a single row, or where the
 * result is a vector. One thread computes such products: they are small, or wait for memory.
 */
import { OnnxGraphBuilder } from '../../../onnx/graph-builder.ts';
import { onnxEngine } from '../../backends/onnx.ts';
import { openSession, type RuntimeTensor, type Session, tensor } from './session.ts';

/** A B, or A B^T. */
export function multiply(
  a: RuntimeTensor,
  b: RuntimeTensor,
  { transposedRight = false } = {},
): RuntimeTensor {
  const rows = a.dims[0]!;
  const cols = b.dims[transposedRight ? 0 : 1]!;
  const product = tensor(new Float32Array(rows * cols), [rows, cols]);
  const turned = rows < cols;
  const parallel = Math.min(rows, cols) > 1 && Math.max(rows, cols) >= 2 * onnxEngine().threads;
  sessionFor({ transposedRight, turned, parallel }).run({ a, b }, { product });
  return product;
}

interface Form {
  readonly transposedRight: boolean;
  readonly turned: boolean;
  readonly parallel: boolean;
}

/** They hold no matrices, so they stay open. */
const sessions = new Map<string, Session>();

function sessionFor(form: Form): Session {
  const threads = form.parallel ? onnxEngine().threads : 1;
  const key = JSON.stringify([form, threads]);
  const known = sessions.get(key);
  if (known) return known;
  const session = openSession(productGraph(form), { optimized: false, threads, frugal: true });
  sessions.set(key, session);
  return session;
}

function productGraph({ transposedRight, turned }: Form) {
  const builder = new OnnxGraphBuilder();
  const a = builder.input('a', ['m', 'k']);
  const b = builder.input('b', transposedRight ? ['n', 'k'] : ['k', 'n']);
  if (turned) {
    const transA = transposedRight ? 0 : 1;
    const product = builder.add('Gemm', [b, a], { transA, transB: 1 });
    builder.add('Transpose', [product], { perm: [1, 0] }, 'product');
  } else {
    builder.add('Gemm', [a, b], { transB: transposedRight ? 1 : 0 }, 'product');
  }
  builder.output('product', ['m', 'n']);
  return builder.model('product');
}
