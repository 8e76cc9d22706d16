/**
 * Activations kept from an earlier pass, as samples. The outputs of the frozen part of a network are
 * computed once, and then read in every epoch of the training of the rest.
 */

import type { Samples } from './samples.ts';

/** `values` holds the activations of `shape` one after the other, row-major. It is not copied. */
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
