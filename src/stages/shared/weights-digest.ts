/** The digest of the weights of a model, in hexadecimal, as the report and exported files name it. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import type { InputArtifact } from '../../runner/index.ts';

export function weightsDigest(model: InputArtifact): string {
  const hash = createHash('sha256');
  const block = new Uint8Array(2 ** 20);
  for (const part of ['features', 'classifier']) {
    const file = openSync(model.path(`${part}.safetensors`), 'r');
    try {
      for (let size = 1; size > 0; ) {
        size = readSync(file, block);
        hash.update(block.subarray(0, size));
      }
    } finally {
      closeSync(file);
    }
  }
  return hash.digest('hex');
}
