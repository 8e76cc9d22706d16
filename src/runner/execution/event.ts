/** What a run tells, in order, to its journal and to one renderer: plain JSON. */

import type { StageId } from '../graph/pipeline.ts';
import type { Progress } from '../graph/stage-type.ts';
import type { StageKey } from '../key/fingerprint.ts';
import type { Outputs, Substitute } from './decide.ts';
import type { Failure } from './failure.ts';
import type { PlanCounts } from './plan.ts';
import type { Reason } from './reason.ts';

export type Event =
  | {
      readonly type: 'run-started';
      readonly run: string;
      /** Given by a person who wants to keep the run, and to find it again. */
      readonly name?: string;
      readonly time: string;
      readonly plan: PlanCounts;
      readonly jobs: number;
      readonly facts: Readonly<Record<string, string>>;
      readonly selection?: RunSelection;
    }
  | {
      readonly type: 'stage-cached';
      readonly stage: StageId;
      readonly key: StageKey;
      readonly outputs: Outputs;
      /** Where they are not those of today's key. */
      readonly standIn?: Substitute;
    }
  | {
      readonly type: 'stage-started';
      readonly stage: StageId;
      readonly key: StageKey;
      readonly reasons: readonly Reason[];
      readonly resumed: boolean;
      /** 1, or more where a failed attempt is tried again. */
      readonly attempt: number;
      /** Where all that it says goes, in the folder of the run; not there where it says nothing. */
      readonly log: string;
      /** Given to it, by the names that CUDA_VISIBLE_DEVICES takes. */
      readonly gpus?: readonly string[];
    }
  /** This attempt failed; after a while there is another one. */
  | {
      readonly type: 'stage-retrying';
      readonly stage: StageId;
      readonly failure: Failure;
      readonly attempt: number;
      readonly waitSeconds: number;
    }
  | { readonly type: 'stage-progress'; readonly stage: StageId; readonly progress: Progress }
  | { readonly type: 'stage-log'; readonly stage: StageId; readonly message: string }
  | {
      readonly type: 'stage-finished';
      readonly stage: StageId;
      readonly key: StageKey;
      readonly outputs: Outputs;
      readonly seconds: number;
      /** A forced run whose outputs are not those that were recorded before. */
      readonly differs: boolean;
    }
  /** Another process is making the same outputs; this one waits for them. */
  | { readonly type: 'stage-waiting'; readonly stage: StageId }
  /** Something beside the results went wrong, such as a journal that can't be written. */
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'stage-failed'; readonly stage: StageId; readonly failure: Failure }
  | { readonly type: 'stage-skipped'; readonly stage: StageId; readonly because: StageId }
  | RunFinished;

/** What was asked for on the command line. */
export interface RunSelection {
  readonly configs: readonly string[];
  readonly settings: readonly string[];
  readonly targets: readonly string[];
}

export interface RunFinished {
  readonly type: 'run-finished';
  readonly run: string;
  readonly executed: number;
  readonly cached: number;
  readonly failed: number;
  readonly skipped: number;
  /** Never started, because the run was stopped or a stage failed. */
  readonly remaining: number;
  readonly seconds: number;
  readonly interrupted: boolean;
  /** What the disk said where it did not take all results: the run then counts as failed. */
  readonly notOnDisk?: string;
  /** How many outputs were not those of today's key, where such were asked for. */
  readonly standIns?: SubstituteCounts;
}

export interface SubstituteCounts {
  /** Taken from the lock. */
  readonly locked: number;
  /** Of these: made by other code, packages or facts of the machine than today's. */
  readonly lockedOther: number;
  /** Stages that ran, and whose outputs are not those of the lock. */
  readonly unlikeLock: readonly StageId[];
  /** Taken from another machine's facts, such as another backend. */
  readonly otherEnvironment: number;
}

export type Emit = (event: Event) => void;
