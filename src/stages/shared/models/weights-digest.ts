/** The digest of the weights of a model, in hexadecimal, as the report and exported files name it. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import type { InputArtifact } from '../../../runner/index.ts';
import { foreignJsonOf } from './foreign-json.ts';

export function weightsDigest(model: InputArtifact): string {
  const hash = createHash('sha256');
  const block = new Uint8Array(2 ** 20);
  for (const name of weightFiles(model)) {
    const file = openSync(model.path(name), 'r');
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

/** The files of a model with its weights, in order. */
export function weightFiles(model: InputArtifact): readonly string[] {
  if (!foreignJsonOf(model)) return ['features.safetensors', 'classifier.safetensors'];
  return model.files.filter((file) => file !== 'model.json').sort();
}
