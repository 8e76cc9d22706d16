/**
 * One product whose bytes do not depend on the number of threads (`graph-product.ts`). A result with more columns than
 * rows is computed and stored as its transpose, so no large matrix is copied or transposed.
 */
import { OnnxGraphBuilder, type Value } from '../../../onnx/graph-builder.ts';
import { type OnnxEngine, onnxEngine } from '../../backends/onnx.ts';
import { formOf, product } from './graph-product.ts';
import { allocating } from './memory.ts';
import { openSession, type RuntimeTensor, type Session, tensor } from './session.ts';

/** A matrix, or its transpose, in memory. A product takes operands both ways at the same speed. */
export interface Stored {
  tensor: RuntimeTensor;
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
  const [, columns] = shapeOf(b);
  if (rows < columns) return transposeOf(multiply(transposeOf(b), transposeOf(a)));
  const elements = allocating(() => new Float32Array(rows * columns));
  const result = tensor(elements, [rows, columns]);
  const { session, output } = openFor({ rows, columns, a: a.turned, b: b.turned });
  session.run({ a: a.tensor, b: b.tensor }, { [output]: result });
  return { tensor: result, turned: false };
}

interface Operation {
  readonly rows: number;
  readonly columns: number;
  /** Whether the operands are given transposed. */
  readonly a: boolean;
  readonly b: boolean;
}

interface Open {
  readonly session: Session;
  /** The name of the product. */
  readonly output: Value;
}

/** They hold no matrices, so they stay open. */
const sessions = new WeakMap<OnnxEngine, Map<string, Open>>();

function openFor(operation: Operation): Open {
  const engine = onnxEngine();
  const known = sessions.get(engine) ?? new Map<string, Open>();
  sessions.set(engine, known);
  const { rows, columns, a, b } = operation;
  const key = JSON.stringify({ ...formOf({ rows, columns }), a, b });
  const open = known.get(key) ?? openProduct(operation);
  known.set(key, open);
  return open;
}

function openProduct({ rows, columns, a, b }: Operation): Open {
  const graph = new OnnxGraphBuilder();
  const left = { value: graph.input('a', ['i', 'j']), transposed: a };
  const right = { value: graph.input('b', ['k', 'l']), transposed: b };
  const output = graph.output(product(graph, left, right, { rows, columns }), ['m', 'n']);
  return { session: openSession(graph.model('product'), { optimized: false }), output };
}
