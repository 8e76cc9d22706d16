/** What runs one stage: a process of its own here, anything that keeps this contract elsewhere. */
import type { JsonObject } from '../../base/json.ts';
import type { Result } from '../../base/result.ts';
import type { CommandOptions, GivenFile, Progress } from '../graph/stage-type.ts';
import type { Failure } from './failure.ts';

/** All that a stage is given, as plain data. */
export interface Invocation {
  readonly type: string;
  readonly parameters: JsonObject;
  readonly inputs: Readonly<Record<string, readonly GivenArtifact[]>>;
  /** Port -> an empty folder to fill. */
  readonly outputs: Readonly<Record<string, string>>;
  /** A folder that may be made, gone afterwards. */
  readonly scratch: string;
  /** One that may be there from an earlier attempt, or be made. */
  readonly checkpoints: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly cores: number;
  /** GPUs that it may use, by index; undefined where it is not said. */
  readonly gpus?: readonly string[];
  /** Of the environment, for a library that reads them when it starts. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly commandOptions: CommandOptions;
  /** A file that is not there yet, and takes all that the stage says (`stage-log.ts`). */
  readonly log: string;
  /** The module of a stage type that is not among the built-in ones. */
  readonly module?: string;
}

/** What a stage's process is to be ready for, whatever its inputs turn out to be. */
export type Prewarm = Pick<Invocation, 'type' | 'module' | 'facts' | 'cores' | 'variables'>;

export interface GivenArtifact {
  /** File name -> where its bytes are, to be read only. */
  readonly files: Readonly<Record<string, GivenFile>>;
  readonly single: boolean;
}

export type StageNews =
  | { readonly kind: 'progress'; readonly progress: Progress }
  /** A line that it said; of a flood, not every one. */
  | { readonly kind: 'log'; readonly message: string }
  /** This output is one file. */
  | { readonly kind: 'single'; readonly port: string };

export interface Executor {
  /** Never rejects. An aborted signal ends it with 'stopped', after a while to finish. */
  execute(
    invocation: Invocation,
    signal: AbortSignal,
    tell: (news: StageNews) => void,
  ): Promise<Result<void, Failure>>;
  /** Told where a stage is going to run soon, and which, if that is known: what takes a while may start now. */
  prepare?(prewarm?: Prewarm): void;
  /** Ends what it keeps between stages. */
  close(): void;
}
