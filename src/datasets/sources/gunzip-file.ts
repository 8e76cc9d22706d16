/** The content of a file compressed with gzip. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ExpectedError } from '../../base/expected-error.ts';
import { codeOf } from '../../base/system-error.ts';

export function gunzipFile(path: string): Uint8Array {
  const bytes = readFileSync(path);
  try {
    return gunzipSync(bytes);
  } catch (problem) {
    if (codeOf(problem) === undefined) throw problem;
    throw new ExpectedError(
      `${basename(path)} is not a complete gzip file: ${(problem as Error).message}`,
    );
  }
}
