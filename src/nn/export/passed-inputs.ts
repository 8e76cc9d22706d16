/** The inputs that an interpolation passes on, and the others that it adds to them. Both ascend. */
import type { Layer } from '../model/description.ts';

export function passedAndOthers({
  in: inputs,
  columns,
}: Extract<Layer, { readonly kind: 'interpolation' }>): {
  readonly passed: readonly number[];
  readonly others: readonly number[];
} {
  const chosen = new Set(columns);
  const all = Array.from({ length: inputs }, (_, input) => input);
  return { passed: columns, others: all.filter((input) => !chosen.has(input)) };
}
