/** The messages between the server and the page, as plain JSON. `answers.ts` has the answers to requests. */
import type { RunSelection, RunSummary } from '../runner/index.ts';

/** `done`: by the run that is shown. `cached`: by an earlier run. */
export type StageState =
  | 'will-run'
  | 'may-run'
  | 'cached'
  | 'running'
  | 'done'
  | 'failed'
  | 'skipped';

export type ServerMessage = PipelineMessage | RunMessage | StatesMessage;

/** The first message. Sent again when the pipeline was read again. */
export interface PipelineMessage {
  readonly type: 'pipeline';
  /** The name of the pipeline's folder. */
  readonly name: string;
  readonly notes: readonly string[];
  /** Why it can't be read now. The rest of the message is from the last reading that succeeded. */
  readonly problems: readonly Problem[];
  /** False until the pipeline was read once. */
  readonly read: boolean;
  readonly mayRun: boolean;
  readonly groups: readonly Group[];
  /** In topological order. */
  readonly stages: readonly StageLine[];
}

export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** `pipeline.yaml:12:5`. */
  readonly place?: string;
  /** The source lines with a caret, and advice. */
  readonly excerpt: string;
}

/** A stage of the document with all its instances. */
export interface Group {
  readonly name: string;
  readonly type: string;
  /** Places in the list of groups. */
  readonly takes: readonly number[];
}

export interface StageLine {
  readonly id: string;
  readonly group: number;
  readonly state: StageState;
  readonly doing?: Doing;
  /** The duration of its last run, or of a similar stage. */
  readonly seconds?: number;
}

/** The progress of a running stage; the duration of a finished one. */
export interface Doing {
  /** How long it has run, if its start was observed. */
  readonly seconds?: number;
  /** 0 to 1. */
  readonly fraction?: number;
  readonly message?: string;
  readonly secondsLeft?: number;
}

export interface RunMessage {
  readonly type: 'run';
  readonly run: RunStatus | undefined;
}

export interface RunStatus {
  readonly run: string;
  readonly name?: string;
  readonly selection?: RunSelection;
  readonly state: RunSummary['state'];
  /** The page started it and can stop it. */
  readonly own: boolean;
  readonly seconds: number;
  readonly secondsLeft?: number;
  readonly executed: number;
  readonly cached: number;
  readonly skipped: number;
  /** The number of stages at its start. */
  readonly stages: number;
  readonly failures: readonly { readonly stage: string; readonly message: string }[];
  readonly warnings: readonly string[];
}

/** By the index of the stage in the list. `lines` is the number of lines logged so far. */
export interface StatesMessage {
  readonly type: 'states';
  readonly changes: readonly (readonly [
    index: number,
    state: StageState,
    doing: Doing | null,
    lines: number,
  ])[];
}

export interface RunRequest {
  /** If empty, all stages. */
  readonly targets: readonly string[];
  /** Run the targets even if they are up to date. */
  readonly force: boolean;
  readonly keepGoing: boolean;
}

/** The error of a request. */
export interface Refusal {
  readonly error: string;
}

/** The address of a file of an output. */
export function objectAddress(artifact: string, path: string): string {
  return `/object/${artifact}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

/** The header with the token from the printed address. */
export const TOKEN_HEADER = 'x-pipeline-token';
