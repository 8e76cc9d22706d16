/** Some samples of a data set, in a given order, without their labels. */
import type { InputData, ModelSamples } from '../../../datasets/model-samples.ts';

export function chosenSamples(samples: ModelSamples, indices: Uint32Array): ModelSamples {
  return {
    ...samples,
    count: indices.length,
    labels: null,
    read: (input, from, count) =>
      joined(Array.from(indices.subarray(from, from + count), (i) => samples.read(input, i, 1))),
  };
}

/** All parts have the same type and length. */
function joined(parts: readonly InputData[]): InputData {
  const [first] = parts as [InputData];
  const all = new (first.constructor as new (length: number) => InputData)(
    parts.length * first.length,
  );
  for (const [i, part] of parts.entries()) all.set(part as never, i * first.length);
  return all;
}
