/** The folder of dvc.yaml, as the importer sees it. */
import type { SourceFile } from '../runner/index.ts';

/** Paths are relative to the folder, with '/'. */
export interface ProjectFolder {
  /** Undefined if the file can't be read. */
  readonly read: (path: string) => SourceFile | undefined;
  readonly kind: (path: string) => 'file' | 'folder' | undefined;
  /** The sorted names in a folder; empty if it does not exist. */
  readonly list: (path: string) => readonly string[];
}
