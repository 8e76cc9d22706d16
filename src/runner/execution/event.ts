/** What a run reports, in order, to its journal and to one renderer: plain JSON. */
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
      /** The user gave it, to keep the run and to find it again. */
      readonly name?: string;
      readonly time: string;
      readonly plan: PlanCounts;
      readonly jobs: number;
      readonly facts: Readonly<Record<string, string>>;
      readonly selection?: RunSelection;
      readonly origin?: Origin;
    }
  | {
      readonly type: 'stage-cached';
      readonly stage: StageId;
      readonly key: StageKey;
      readonly outputs: Outputs;
      /** Set if the outputs are not those of today's key. Its type is called `Substitute`. */
      readonly standIn?: Substitute;
      /** The result was found in a remote cache. */
      readonly remote?: true;
    }
  | {
      readonly type: 'stage-started';
      readonly stage: StageId;
      readonly key: StageKey;
      readonly reasons: readonly Reason[];
      readonly resumed: boolean;
      /** 1 for the first attempt. */
      readonly attempt: number;
      /** The file for everything that it prints, in the folder of the run. It exists if the stage printed something. */
      readonly log: string;
      /** The GPUs that it may use, by the names that CUDA_VISIBLE_DEVICES takes. */
      readonly gpus?: readonly string[];
    }
  /** This attempt failed. Another one follows after a wait. */
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
      /** It was forced, and its outputs are not those that were recorded before. */
      readonly differs: boolean;
    }
  /** Another process builds the same outputs, and this one waits for them. `for`: it waits for this instead. */
  | { readonly type: 'stage-waiting'; readonly stage: StageId; readonly for?: string }
  /** Something went wrong that changes no result, such as a journal that cannot be written. */
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'stage-failed'; readonly stage: StageId; readonly failure: Failure }
  | { readonly type: 'stage-skipped'; readonly stage: StageId; readonly because: StageId }
  | RunFinished;

/** The selection on the command line. */
export interface RunSelection {
  /** The pipeline, in the folder of the project. Undefined for `pipeline.yaml`. */
  readonly file?: string;
  readonly configs: readonly string[];
  readonly settings: readonly string[];
  readonly targets: readonly string[];
}

/** What made the results besides their keys. It is for people and is never compared. */
export interface Origin {
  /** The version of the program. */
  readonly version: string;
  /** The git commit of the folder of the pipeline. */
  readonly commit?: string;
  /** Whether tracked files differed from the commit. Not known for a run without a stage to run. */
  readonly changed?: boolean;
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
  /** The error of the disk if it did not store all results. The run then counts as failed. */
  readonly notOnDisk?: string;
  /** How many of the cached results were left in the remote cache. */
  readonly notFetched?: number;
  /** How many outputs were not those of today's key, if the user asked for such outputs. */
  readonly standIns?: SubstituteCounts;
}

export interface SubstituteCounts {
  /** Taken from the lock. */
  readonly locked: number;
  /** The number of them that were built with other code, packages or facts of the machine. */
  readonly lockedOther: number;
  /** Stages that ran and whose outputs differ from those in the lock. */
  readonly unlikeLock: readonly StageId[];
  /** Built with other facts of the machine, such as another backend. */
  readonly otherEnvironment: number;
}

/** What one attempt at a stage reports, in whichever process it is made. The run reports the rest. */
export type AttemptEvent = Extract<
  Event,
  {
    readonly type:
      | 'stage-cached'
      | 'stage-waiting'
      | 'stage-started'
      | 'stage-progress'
      | 'stage-log'
      | 'stage-finished'
      | 'warning';
  }
>;

export type Emit = (event: Event) => void;
