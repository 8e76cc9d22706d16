import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeTensors } from '../../src/safetensors/write-tensors.ts';

const SIZES: Readonly<Record<string, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I8: 1 };

export interface Described {
  readonly dtype?: string;
  readonly shape: readonly number[];
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tensors-'));
}

/** File -> tensor -> its description. The bytes of each tensor count from 1. The other files are written as JSON. */
export function folderOf(
  files: Readonly<Record<string, Readonly<Record<string, Described>>>>,
  metadata: Readonly<Record<string, string>> = {},
): string {
  const folder = newFolder();
  mkdirSync(folder, { recursive: true });
  for (const [file, tensors] of Object.entries(files)) {
    if (!file.endsWith('.safetensors')) {
      writeFileSync(join(folder, file), JSON.stringify(tensors));
      continue;
    }
    const written = Object.entries(tensors).map(([name, { dtype = 'F32', shape }]) => {
      const bytes = shape.reduce((a, b) => a * b, SIZES[dtype]!);
      return {
        name,
        dtype,
        shape,
        bytes,
        parts: () => [Uint8Array.from({ length: bytes }, (_, i) => i % 60)],
      };
    });
    writeTensors(join(folder, file), written, metadata);
  }
  return folder;
}

/** All tensors are F32 vectors of length 1. */
export function shards(
  index: Readonly<Record<string, string>>,
  files: Readonly<Record<string, readonly string[]>>,
): string {
  const folder = folderOf(
    Object.fromEntries(
      Object.entries(files).map(([file, names]) => [
        file,
        Object.fromEntries(names.map((name) => [name, { shape: [1] }])),
      ]),
    ),
  );
  const text = JSON.stringify({ metadata: { total_size: 0, note: 'kept' }, weight_map: index });
  writeFileSync(join(folder, 'model.safetensors.index.json'), text);
  return folder;
}
