/** Householder reflections H = I - tau v v^T. */

export interface Reflector {
  readonly tau: number;
  /** What is left of the vector: H x = (beta, 0, ...). */
  readonly beta: number;
}

/** Turns x, of the positive norm `length`, into v with v_0 = 1. */
export function makeReflector(x: Float64Array, length: number): Reflector {
  const alpha = x[0]!;
  // The sign that adds to alpha: no cancellation.
  const beta = alpha > 0 ? -length : length;
  for (let i = 1; i < x.length; i++) x[i]! /= alpha - beta;
  x[0] = 1;
  return { tau: (beta - alpha) / beta, beta };
}
