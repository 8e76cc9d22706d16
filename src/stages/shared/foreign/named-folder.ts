/** A folder in which the files of an artifact have their names. */
import { constants, copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { GivenFiles } from './foreign-file.ts';

/** @param scratch an empty folder */
export function linkedFolder(given: GivenFiles, scratch: string): string {
  return namedFolder(given, scratch, symlinkSync);
}

/**
 * The same for ONNX Runtime. It refuses external data behind links that lead out of the folder of the model, so such
 * models are copied, without their bytes where the file system can share these.
 */
export function runtimeFolder(given: GivenFiles, scratch: string): string {
  const files = given.files.filter((file) => file !== 'model.json');
  if (files.length === 1) return linkedFolder({ ...given, files }, scratch);
  return namedFolder({ ...given, files }, scratch, (from, to) =>
    copyFileSync(from, to, constants.COPYFILE_FICLONE),
  );
}

function namedFolder(
  { files, path }: GivenFiles,
  scratch: string,
  place: (from: string, to: string) => void,
): string {
  const folder = join(scratch, 'files');
  for (const file of files) {
    const target = join(folder, file);
    mkdirSync(dirname(target), { recursive: true });
    place(path(file), target);
  }
  return folder;
}
