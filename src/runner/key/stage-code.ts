/** The digest of a stage's code, and the evidence that lets a change of it be explained. */
import type { FileEvidence } from './declarations.ts';
import type { Digest } from './digest.ts';

export interface StageCode {
  /** Of the minified bundle of the module's import closure: comments and layout don't count. */
  readonly digest: Digest;
  /** Locked versions of the packages in the closure, those that they need included. */
  readonly packages: Readonly<Record<string, string>>;
  /** What each source file of the closure declares. Evidence: not part of the key. */
  readonly files: Readonly<Record<string, FileEvidence>>;
}

/** By the name of the stage type. */
export type StageCodes = Readonly<Record<string, StageCode>>;
