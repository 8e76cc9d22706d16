/** A mirror that serves each file compressed with gzip. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatasetSource } from '../catalog.ts';
import type { Acquisition } from './acquisition.ts';
import { fetchFile } from './fetch-file.ts';
import { gunzipFile } from './gunzip-file.ts';

export async function fromGzipFiles(
  { base }: Extract<DatasetSource, { kind: 'gzip-files' }>,
  { facts, into, scratch, signal, progress }: Acquisition,
): Promise<void> {
  for (const [i, { name }] of facts.files.entries()) {
    const packed = join(scratch, `${name}.gz`);
    await fetchFile(`${base}${name}.gz`, packed, {
      signal,
      onProgress: (received, total) =>
        progress(total && (i + received / total) / facts.files.length, name),
    });
    try {
      writeFileSync(join(into, name), gunzipFile(packed));
    } finally {
      rmSync(packed);
    }
  }
}
