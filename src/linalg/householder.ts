/** Householder reflections H = I - tau v v^T. */

export interface Reflector {
  readonly tau: number;
  /** The result of the reflection: H x = (beta, 0, ...). */
  readonly beta: number;
}

/** Turns x, whose norm `length` is positive, into v with v_0 = 1. */
export function makeReflector(x: Float64Array, length: number): Reflector {
  const alpha = x[0]!;
  // This sign adds to alpha, so there is no cancellation.
  const beta = alpha > 0 ? -length : length;
  for (let i = 1; i < x.length; i++) x[i]! /= alpha - beta;
  x[0] = 1;
  return { tau: (beta - alpha) / beta, beta };
}
