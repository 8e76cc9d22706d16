/** One attempt at a stage in a past or present run. */
import type { Failure } from '../execution/failure.ts';
import type { Reason } from '../execution/reason.ts';
import type { StageKey } from '../key/fingerprint.ts';

export interface Attempt {
  readonly run: string;
  readonly stage: string;
  /** Counts from 1 in each run. */
  readonly number: number;
  readonly key: StageKey;
  /** It continued from a checkpoint of an earlier attempt. */
  readonly resumed: boolean;
  readonly reasons: readonly Reason[];
  /** `unfinished`: its run was killed, or is still running. */
  readonly state: 'finished' | 'failed' | 'stopped' | 'unfinished';
  readonly seconds?: number;
  readonly failure?: Failure;
  /** The place of its output; see `said.ts`. */
  readonly said: SaidIn;
}

export interface SaidIn {
  /** This file does not exist if the stage printed nothing, or if its run kept its output in the journal. */
  readonly log: string | undefined;
  readonly journal: string;
  /** The offset in the journal at which the attempt begins. */
  readonly from: number;
}

/** While its events are read. */
export type OpenAttempt = { -readonly [K in keyof Attempt]: Attempt[K] };
