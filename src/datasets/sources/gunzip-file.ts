/** The content of a gzip-compressed file; throws a sentence that names the file where it is none. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';

export function gunzipFile(path: string): Uint8Array {
  const bytes = readFileSync(path);
  try {
    return gunzipSync(bytes);
  } catch (problem) {
    throw new Error(
      `${basename(path)} is not gzip, or not all of it: ${(problem as Error).message}`,
    );
  }
}
