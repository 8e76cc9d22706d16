/**
 * One product whose bytes do not depend on the number of threads.
 *
 * A thread computes some rows or some columns of a product. ONNX Runtime divides the longer side, and the order in which
 * it adds up a sum depends on the number of columns that a thread has. So the matrix that is computed has as many rows
 * as columns or more: the product or its transpose. The order also differs where a thread has a single row, or where the
 * result is a vector. One thread computes such products: they are small, or wait for memory.
 */
import { OnnxGraphBuilder } from '../../../onnx/graph-builder.ts';
import { onnxEngine } from '../../backends/onnx.ts';
import { openSession, type RuntimeTensor, type Session, tensor } from './session.ts';

/** A matrix, or its transpose, in memory. A product takes operands both ways at the same speed. */
export interface Stored {
  readonly tensor: RuntimeTensor;
  /** Whether `tensor` is the transpose. */
  readonly turned: boolean;
}

export function shapeOf({ tensor: { dims }, turned }: Stored): readonly [number, number] {
  const [rows, cols] = dims as readonly [number, number];
  return turned ? [cols, rows] : [rows, cols];
}

export function transposeOf({ tensor, turned }: Stored): Stored {
  return { tensor, turned: !turned };
}

/** A B. */
export function multiply(a: Stored, b: Stored): Stored {
  const [rows] = shapeOf(a);
  const [, cols] = shapeOf(b);
  if (rows < cols) return transposeOf(multiply(transposeOf(b), transposeOf(a)));
  const product = tensor(new Float32Array(rows * cols), [rows, cols]);
  const { threads } = onnxEngine();
  const session = sessionFor({
    transA: a.turned ? 1 : 0,
    transB: b.turned ? 1 : 0,
    threads: cols > 1 && rows >= 2 * threads ? threads : 1,
  });
  session.run({ a: a.tensor, b: b.tensor }, { product });
  return { tensor: product, turned: false };
}

interface Form {
  readonly transA: number;
  readonly transB: number;
  readonly threads: number;
}

/** They hold no matrices, so they stay open. */
const sessions = new Map<string, Session>();

function sessionFor(form: Form): Session {
  const key = JSON.stringify(form);
  const known = sessions.get(key);
  if (known) return known;
  const { transA, transB, threads } = form;
  const builder = new OnnxGraphBuilder();
  const [a, b] = [builder.input('a', ['i', 'j']), builder.input('b', ['k', 'l'])];
  builder.output(builder.add('Gemm', [a, b], { transA, transB }, 'product'), ['m', 'n']);
  const session = openSession(builder.model('product'), { optimized: false, threads });
  sessions.set(key, session);
  return session;
}
