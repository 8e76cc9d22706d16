/** Samples that a small network learns to classify in seconds, and a clock for its training. */
import type { Samples } from '../../src/datasets/samples.ts';
import { randomStream } from '../../src/linalg/random.ts';

/** Noise over a bright band. The height of the band in the image is the class. */
export function bands(count: number, stream: string): Samples {
  const random = randomStream(3, stream);
  const labels = Uint8Array.from({ length: count }, () => random.integer(3));
  const pixels = Float32Array.from({ length: count * 1024 }, (_, i) => {
    const band = Math.floor((i % 1024) / 352);
    return 0.5 * random.normal() + (labels[Math.floor(i / 1024)] === band ? 1 : 0);
  });
  return {
    count,
    shape: [32, 32, 1],
    classes: 3,
    labels,
    fill: (indices, out) => {
      for (let i = 0; i < indices.length; i++) {
        out.set(pixels.subarray(indices[i]! * 1024, (indices[i]! + 1) * 1024), i * 1024);
      }
    },
  };
}

/** Advances by `milliseconds` each time it is read. */
export function clock(milliseconds = 100): () => number {
  let time = 0;
  return () => (time += milliseconds);
}
