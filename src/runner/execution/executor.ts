/** What runs one stage: a process of its own here, anything that keeps this contract elsewhere. */
import type { Progress } from '../graph/stage-type.ts';
import type { JsonObject } from '../json.ts';
import type { Result } from '../result.ts';
import type { Failure } from './failure.ts';

/** All that a stage is given, as plain data. */
export interface Invocation {
  readonly type: string;
  readonly parameters: JsonObject;
  /** For each port its artifacts: file name -> path of its bytes, to be read only. */
  readonly inputs: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;
  /** Port -> an empty folder to fill. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly checkpoints: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly cores: number;
}

export type StageNews =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'log'; readonly message: string };

export interface Executor {
  /** Never rejects. An aborted signal ends it with 'stopped', after a while to finish. */
  execute(
    invocation: Invocation,
    signal: AbortSignal,
    tell: (news: StageNews) => void,
  ): Promise<Result<void, Failure>>;
  /** Ends what it keeps between stages. */
  close(): void;
}
