/** What a build says of itself in `dist/build.json`. */
import type { StageCodes } from '../runner/index.ts';

export interface Build {
  readonly version: string;
  /** Its name holds the digest of all that it is made of. */
  readonly program: string;
  readonly worker: string;
  /** What `pipeline ui` serves. */
  readonly page: { readonly script: string; readonly style: string };
  /** What tries a backend. */
  readonly measure: string;
  /** All files of the build but the launcher. */
  readonly files: readonly string[];
  readonly codes: StageCodes;
  /** Source path -> what it was when it was built. */
  readonly inputs: Readonly<Record<string, Input>>;
}

/** Size, time of change, inode, digest of the content. */
export type Input = readonly [size: number, changed: number, inode: number, digest: string];
