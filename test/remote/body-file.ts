/** A file whose bytes are uploaded, in a folder that lives as long as a test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** Call it once in a file of tests. Returns what makes the file. */
export function bodyFiles(): (bytes: Buffer) => { readonly file: string; readonly size: number } {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parts-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return (bytes) => {
    const file = join(folder, 'file');
    writeFileSync(file, bytes);
    return { file, size: bytes.length };
  };
}
