/** The content of `dist/build.json`, which describes a build. */
import type { StageCodes } from '../runner/index.ts';

export interface Build {
  readonly version: string;
  /** The file of the program. Its name has the digest of everything that it was built from. */
  readonly program: string;
  readonly worker: string;
  /** The process that builds stages on a node of a cluster. */
  readonly node: string;
  /** The page that `pipeline ui` serves. */
  readonly page: { readonly script: string; readonly style: string };
  /** The process that measures a backend for `pipeline doctor`. */
  readonly measure: string;
  /** All files of the build except the launcher. */
  readonly files: readonly string[];
  /** Stage type -> its code, without the evidence. */
  readonly codes: Readonly<Record<string, Omit<StageCodes[string], 'files'>>>;
  /** The file with the evidence. */
  readonly evidence: string;
  /** Source path -> its state when it was built. */
  readonly inputs: Readonly<Record<string, Input>>;
}

/** Size in bytes, modification time in milliseconds, inode, digest of the content. */
export type Input = readonly [size: number, changed: number, inode: number, digest: string];
