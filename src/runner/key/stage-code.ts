/** The digest of a stage's code, and the evidence for explaining a change of it. */
import type { FileEvidence } from './declarations.ts';
import type { Digest } from './digest.ts';

export interface StageCode {
  /** The digest of the minified bundle of the import closure, independent of comments and layout. */
  readonly digest: Digest;
  /** Locked versions of the packages in the closure, including their dependencies. */
  readonly packages: Readonly<Record<string, string>>;
  /** The declarations of each source file of the closure. They are evidence, and not part of the key. */
  readonly files: Readonly<Record<string, FileEvidence>>;
}

/** Name of the stage type -> its code. */
export type StageCodes = Readonly<Record<string, StageCode>>;
