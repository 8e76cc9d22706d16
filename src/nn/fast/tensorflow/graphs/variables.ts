/**
 * The state that a graph keeps between runs. Its shapes have unknown sizes, so that equal computations have equal
 * graphs: the factors of a sweep have as many widths as there are rates.
 */
import { float32 } from './attributes.ts';
import type { GraphBuilder, Output } from './graph.ts';

export interface Variable {
  readonly handle: Output;
  /** The value at the time when the run reads it. */
  readonly value: Output;
  readonly shape: readonly number[];
}

/** The number of axes. */
export function variable(builder: GraphBuilder, rank: number): Variable {
  const name = { kind: 'string', value: `variable ${builder.nodes.length}` } as const;
  const shape = Array<number>(rank).fill(ANY);
  const extents = { kind: 'shape', value: shape } as const;
  const attributes = { dtype: float32, shape: extents, shared_name: name };
  const handle = builder.add('VarHandleOp', [], attributes);
  const value = builder.add('ReadVariableOp', [handle], { dtype: float32 });
  return { handle, value, shape };
}

/** TensorFlow's size of an axis of unknown size. */
export const ANY = -1;

/** A variable and its next value. */
export type Assignment = readonly [Variable, Output];

/** Assigns to each variable the value of its placeholder. */
export function given(builder: GraphBuilder, held: readonly Variable[]): readonly Assignment[] {
  return held.map((one) => [one, builder.placeholder(one.shape)]);
}

/** An output that is computed after each variable has got its new value. */
export function assigned(builder: GraphBuilder, values: readonly Assignment[]): Output {
  const assignments = values.map(([{ handle }, value]) =>
    builder.add('AssignVariableOp', [handle, value], { dtype: float32 }),
  );
  return builder.add('Identity', [builder.scalar(0)], { T: float32 }, assignments);
}
