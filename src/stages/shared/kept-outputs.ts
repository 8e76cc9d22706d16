/**
 * The outputs of an original model, kept with its scores, so that those of compressed ones can be compared. Large
 * outputs are kept for the first samples only.
 */

import type { Batch } from '../../nn/runtime/batches.ts';
import type { OriginalOutputs } from '../../nn/runtime/output-errors.ts';
import type { InputArtifact } from '../../runner/index.ts';
import {
  fromSafetensors,
  type StoredTensor,
  writeSafetensors,
} from '../../safetensors/safetensors.ts';

const FILE = 'outputs.safetensors';

/** Bytes of one output. */
const LIMIT = 2 ** 26;

export class KeptOutputs {
  readonly #outputs = new Map<string, { size: number; parts: Float32Array[]; bytes: number }>();

  add({ count, outputs }: Batch): void {
    for (const [name, { values, isBySample }] of outputs) {
      if (!isBySample || values.length === 0) continue;
      const size = values.length / count;
      const kept = this.#outputs.get(name) ?? { size, parts: [], bytes: 0 };
      this.#outputs.set(name, kept);
      const part = Float32Array.from(values, Number);
      if (kept.size !== size || kept.bytes + part.byteLength > LIMIT) continue;
      kept.parts.push(part);
      kept.bytes += part.byteLength;
    }
  }

  write(folder: string): void {
    const tensors = new Map<string, StoredTensor>();
    for (const [name, { size, parts, bytes }] of this.#outputs) {
      const data = new Float32Array(bytes / Float32Array.BYTES_PER_ELEMENT);
      let at = 0;
      for (const part of parts) {
        data.set(part, at);
        at += part.length;
      }
      tensors.set(name, { shape: [data.length / size, size], data });
    }
    writeSafetensors(`${folder}/${FILE}`, { tensors, metadata: {} });
  }
}

/** `undefined` if the scores have none. */
export function keptOutputs(scores: InputArtifact): OriginalOutputs | undefined {
  if (!scores.files.includes(FILE)) return undefined;
  const arrays = fromSafetensors(
    scores.path(FILE),
    ({ shapes, read }) => new Map([...shapes.keys()].map((name) => [name, read(name)])),
    FILE,
  );
  return {
    read: (output, from, count) => {
      const kept = arrays.get(output);
      if (kept === undefined) return undefined;
      const size = kept.shape[1]!;
      return (kept.data as Float32Array).subarray(from * size, (from + count) * size);
    },
  };
}
