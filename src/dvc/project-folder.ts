/** What the importer sees of the folder that holds dvc.yaml; the edge of the process makes it. */
import type { SourceFile } from '../runner/index.ts';

/** Paths are relative to the folder, with '/'. */
export interface ProjectFolder {
  /** Undefined where no file can be read. */
  readonly read: (path: string) => SourceFile | undefined;
  readonly kind: (path: string) => 'file' | 'folder' | undefined;
  /** The names in a folder, sorted; none where there is no folder. */
  readonly list: (path: string) => readonly string[];
}
