/** A constant with its axes in another order. */
import { permuted } from '../base/axes.ts';
import type { Constant } from './constant.ts';

/** Axis t of the result is axis `order[t]`. Two transposes that undo each other leave the constant as it was. */
export function transposed(from: Constant, order: readonly number[]): Constant {
  const last = from.steps.at(-1);
  const before = typeof last === 'object' ? last : undefined;
  const whole = before ? order.map((axis) => before[axis]!) : order;
  const kept = before ? from.steps.slice(0, -1) : from.steps;
  const isNone = whole.every((axis, place) => axis === place);
  return {
    ...from,
    shape: order.map((axis) => from.shape[axis]!),
    steps: isNone ? kept : [...kept, whole],
    read: () => permuted(from.read(), from.shape, order),
  };
}
