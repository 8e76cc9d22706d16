/** Some of the samples, in the order of `indices`: a validation split, a calibration set, a quick run. */

import type { Samples } from './samples.ts';

export function subset(samples: Samples, indices: ArrayLike<number>): Samples {
  const chosen = Uint32Array.from(indices);
  const beyond = chosen.find((index, i) => index >= samples.count || index !== indices[i]);
  if (beyond !== undefined) {
    throw new RangeError(`a subset of ${samples.count} samples names one that is not among them`);
  }
  return {
    count: chosen.length,
    shape: samples.shape,
    classes: samples.classes,
    labels: Uint8Array.from(chosen, (index) => samples.labels[index]!),
    fill(positions, out) {
      const sources = new Uint32Array(positions.length);
      for (let i = 0; i < positions.length; i += 1) {
        const index = chosen[positions[i]!];
        if (index === undefined)
          throw new RangeError(`no sample ${positions[i]} of ${chosen.length}`);
        sources[i] = index;
      }
      samples.fill(sources, out);
    },
  };
}
