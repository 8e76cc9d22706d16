/** Executes the code of one stage: here in a child process, elsewhere in any other way. */
import type { JsonObject } from '../../base/json.ts';
import type { Result } from '../../base/result.ts';
import type { CommandOptions, GivenFile, Progress } from '../graph/stage-type.ts';
import type { Failure } from './failure.ts';

/** Everything that a stage gets, as plain data. */
export interface Invocation {
  readonly type: string;
  readonly parameters: JsonObject;
  readonly inputs: Readonly<Record<string, readonly GivenArtifact[]>>;
  /** An empty folder to fill, by port. */
  readonly outputs: Readonly<Record<string, string>>;
  /** A folder that the stage may make. It is deleted afterwards. */
  readonly scratch: string;
  /** A folder that an earlier attempt may have left, or that the stage may make. */
  readonly checkpoints: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly cores: number;
  /**
   * The GPUs that it may use, by the names that CUDA_VISIBLE_DEVICES takes. If undefined, those of
   * its parent.
   */
  readonly gpus?: readonly string[];
  /** The bytes that it asked for. `ProcessExecutor` does not enforce this limit. */
  readonly memory?: number;
  /**
   * The time limit. The engine aborts the signal when the time is over, so an executor need not. An
   * executor that runs stages elsewhere may set a limit there too.
   */
  readonly timeoutSeconds?: number;
  /** Environment variables for a library that reads them when it starts. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly commandOptions: CommandOptions;
  /** A file that does not exist yet, for everything that the stage prints (`stage-log.ts`). */
  readonly log: string;
  /** The module of a stage type that is not built in. */
  readonly module?: string;
}

/** What is known about the process of a stage before the stage has its inputs. */
export type Prewarm = Pick<Invocation, 'type' | 'module' | 'facts' | 'cores' | 'variables'>;

export interface GivenArtifact {
  /** The path of the bytes by file name. They may only be read. */
  readonly files: Readonly<Record<string, GivenFile>>;
  readonly single: boolean;
}

export type StageNews =
  | { readonly kind: 'progress'; readonly progress: Progress }
  /** A line that it printed. Some are left out if there are very many. */
  | { readonly kind: 'log'; readonly message: string }
  /** This output is one file. */
  | { readonly kind: 'single'; readonly port: string };

export interface Executor {
  /**
   * Never rejects. If the signal is aborted, the stage has some time to write a checkpoint. Then the result is the
   * failure 'stopped'.
   */
  execute(
    invocation: Invocation,
    signal: AbortSignal,
    report: (news: StageNews) => void,
  ): Promise<Result<void, Failure>>;
  /** A stage will start soon. The executor may start what takes long, for this stage if it is given. */
  prepare?(prewarm?: Prewarm): void;
  /** Ends processes that the executor keeps between stages. */
  close(): void;
}
