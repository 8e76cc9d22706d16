/** Unpacks some files of a tar archive. The only importer of tar. */
import { extract } from 'tar';
import { ExpectedError } from '../../base/expected-error.ts';

/** Removes the first `strip` folders from the names. */
export async function unpackTar(
  archive: string,
  into: string,
  strip: number,
  isWanted: (path: string) => boolean,
): Promise<void> {
  let problem: Error | undefined;
  await extract({
    file: archive,
    cwd: into,
    strip,
    filter: isWanted,
    // If a file can't be written, as on a full disk, tar only warns and continues.
    onwarn: (code, message, data) => {
      const failed = code === 'TAR_ENTRY_ERROR' || data instanceof Error;
      if (failed) problem ??= data instanceof Error ? data : new ExpectedError(String(message));
    },
  });
  if (problem) throw problem;
}
