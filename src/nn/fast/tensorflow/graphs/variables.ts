/**
 * What a graph keeps from one run to the next. Of any extents, so that what is computed alike is the same graph: a
 * sweep has factors of as many widths as rates.
 */
import { float32 } from './attributes.ts';
import type { GraphBuilder, Output } from './graph.ts';

export interface Variable {
  readonly handle: Output;
  /** As it is when the run reads it. */
  readonly value: Output;
  readonly shape: readonly number[];
}

/** Of so many axes. */
export function variable(builder: GraphBuilder, rank: number): Variable {
  const name = { kind: 'string', value: `variable ${builder.nodes.length}` } as const;
  const shape = Array<number>(rank).fill(ANY);
  const extents = { kind: 'shape', value: shape } as const;
  const attributes = { dtype: float32, shape: extents, shared_name: name };
  const handle = builder.add('VarHandleOp', [], attributes);
  const value = builder.add('ReadVariableOp', [handle], { dtype: float32 });
  return { handle, value, shape };
}

/** TensorFlow's extent of an axis that is not known. */
export const ANY = -1;

/** A variable and what it becomes. */
export type Assignment = readonly [Variable, Output];

/** Each becomes what is given for a placeholder of its own. */
export function given(builder: GraphBuilder, held: readonly Variable[]): readonly Assignment[] {
  return held.map((one) => [one, builder.placeholder(one.shape)]);
}

/** An output that is there once each variable has the value beside it. */
export function assigned(builder: GraphBuilder, values: readonly Assignment[]): Output {
  const assignments = values.map(([{ handle }, value]) =>
    builder.add('AssignVariableOp', [handle, value], { dtype: float32 }),
  );
  return builder.add('Identity', [builder.scalar(0)], { T: float32 }, assignments);
}
