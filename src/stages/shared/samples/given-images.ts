/**
 * The files of an input by their names, unpacked if the input is an archive. Files of the project may change
 * during reading, so each is compared with its `stat` from the time when its content was hashed.
 */
import { readFileSync } from 'node:fs';
import { ARCHIVE } from '../../../datasets/formats/image-format.ts';
import type { NamedFiles } from '../../../datasets/named-files.ts';
import { unpackTar } from '../../../datasets/sources/unpack-tar.ts';
import { type InputArtifact, listOutput, StageError } from '../../../runner/index.ts';
import { requireUnchanged } from '../unchanged-file.ts';

export async function givenImages(
  given: InputArtifact,
  context: {
    readonly scratch: string;
    progress(update: { readonly message: string }): void;
    log(message: string): void;
  },
): Promise<NamedFiles> {
  const [only] = given.files;
  if (given.files.length > 1 || !ARCHIVE.test(only!)) {
    return { names: given.files, read: (name) => readUnchanged(given, name) };
  }
  context.progress({ message: `unpacking ${only}` });
  const folder = context.scratch;
  try {
    await unpackTar(given.path(only!), folder, 0, () => true);
  } catch (problem) {
    const { code, message } = problem as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT') throw problem;
    throw new StageError(`${only} can't be unpacked: ${message}`, 'copy it again');
  }
  requireUnchanged(given, only!);
  return filesOfArchive(only!, folder, context);
}

/** Includes links, as in a folder of the project. */
function filesOfArchive(
  archive: string,
  folder: string,
  { log }: { readonly log: (message: string) => void },
): NamedFiles {
  const listed = listOutput(folder);
  if (!listed.ok)
    throw new StageError(
      `${archive} ${listed.error.message}`,
      'correct it and pack it again; tar -h stores the files that links point to',
    );
  const { files, emptyFolders } = listed.value;
  if (emptyFolders.length > 0) {
    log(`${archive} has empty folders, which are left out: ${emptyFolders.join(', ')}`);
  }
  const places = new Map(files.map(({ path, bytes }) => [path, bytes]));
  return { names: [...places.keys()], read: (name) => plainBytes(places.get(name)!) };
}

function readUnchanged(given: InputArtifact, name: string): Uint8Array {
  const bytes = plainBytes(given.path(name));
  requireUnchanged(given, name);
  return bytes;
}

/** Not Node's Buffer: its `slice` shares memory, while that of a Uint8Array copies. */
function plainBytes(path: string): Uint8Array {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return new Uint8Array(buffer, byteOffset, byteLength);
}
