/** Chosen files out of a tar archive, compressed or not; the only importer of tar. */
import { extract } from 'tar';

/** Takes `strip` folders off the names. Throws what went wrong while a file was written. */
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
    // tar only warns where a file can't be written whole, as on a full disk, and continues.
    onwarn: (code, message, data) => {
      const failed = code === 'TAR_ENTRY_ERROR' || data instanceof Error;
      if (failed) problem ??= data instanceof Error ? data : new Error(String(message));
    },
  });
  if (problem) throw problem;
}
