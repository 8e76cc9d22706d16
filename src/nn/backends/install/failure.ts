/** Why a step of an installation failed. */
import type { Result } from '../../../base/result.ts';

export interface InstallFailure {
  readonly message: string;
  /** How to fix it. */
  readonly advice: string;
}

export type Outcome<T> = Result<T, InstallFailure>;
