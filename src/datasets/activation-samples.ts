/**
 * Activations kept from an earlier pass, as samples: what a frozen part of a network puts out is
 * computed once and then read again in every epoch of training the rest.
 */

import type { Samples } from './samples.ts';

/** `values` holds one activation of `shape` after the other, row-major; it is read, not copied. */
export function activationSamples(
  values: Float32Array,
  shape: readonly number[],
  labels: Uint8Array,
  classes: number,
): Samples {
  const length = shape.reduce((product, dim) => product * dim, 1);
  const count = labels.length;
  if (values.length !== count * length) {
    throw new RangeError(
      `${count} activations of ${shape.join(' x ')} are ${count * length} values, got ${values.length}`,
    );
  }
  return {
    count,
    shape,
    classes,
    labels,
    fill(indices, out) {
      for (let i = 0; i < indices.length; i += 1) {
        const index = indices[i]!;
        if (!(index >= 0 && index < count)) throw new RangeError(`no sample ${index} of ${count}`);
        out.set(values.subarray(index * length, (index + 1) * length), i * length);
      }
    },
  };
}
