/**
 * The files of a result as people see them: in `latest/`, and in an export.
 *
 * A single output is directly in the folder of its stage. Several outputs have a subfolder each,
 * except an output that is one file of the same name.
 */
import { basename } from 'node:path';
import type { Digest } from '../key/digest.ts';
import { type ArtifactFile, readArtifact } from './artifact.ts';
import type { ObjectStore } from './object-store.ts';

/** The path is relative to the folder of the stage. */
export type ShownFile = ArtifactFile;

/** Undefined if a manifest is missing or damaged. */
export function shownFiles(
  outputs: Readonly<Record<string, Digest>>,
  store: ObjectStore,
): readonly ShownFile[] | undefined {
  const shown: ShownFile[] = [];
  const ports = Object.keys(outputs);
  for (const port of ports) {
    const artifact = readArtifact(outputs[port]!, store);
    if (!artifact) return undefined;
    const { files, single } = artifact;
    for (const file of files) {
      const isNamedAlike = single && basename(port) === file.path;
      const inside = isNamedAlike ? port : `${port}/${file.path}`;
      shown.push({ ...file, path: besideNote(ports.length > 1 ? inside : file.path) });
    }
  }
  return shown;
}

/** A file with the name of the note gets an additional "_". */
function besideNote(path: string): string {
  return path.replace(/^\.outputs_*(?=\/|$)/, '$&_');
}
