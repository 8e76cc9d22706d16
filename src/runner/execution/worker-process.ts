/** The child process that executes stages: its start, its environment, and whether it is alive. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Invocation } from './executor.ts';
import { type Failure, TOO_FEW } from './failure.ts';
import { OutputLines } from './output-lines.ts';
import type { ToWorker } from './serve.ts';
import type { StageLog } from './stage-log.ts';

export interface Worker {
  readonly child: ChildProcess;
  /** The variables that it was started with, in addition to those of its parent. */
  readonly environment: string;
  /** The cores that a backend in it may have started with. Undefined if none has. */
  cores: number | undefined;
  /** Receives what it prints while it runs a stage. */
  log: StageLog | undefined;
  readonly printed: readonly OutputLines[];
  isReady: boolean;
}

export interface StartOptions {
  /** All variables of the process. */
  readonly all: Readonly<Record<string, string | undefined>>;
  /** A process that has not started after this time is killed. */
  readonly startMs: number;
  readonly execArgv: readonly string[] | undefined;
}

/** Throws if the system starts no more processes. */
export function startWorker(
  workerPath: string,
  environment: Environment,
  { all, startMs, execArgv }: StartOptions,
): Worker {
  const child = fork(workerPath, [], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: all,
    ...(execArgv && { execArgv: [...execArgv] }),
  });
  const take = (bytes: Buffer): void => worker.log?.add(bytes);
  const printed = [new OutputLines(take), new OutputLines(take)] as const;
  const worker: Worker = {
    child,
    environment: JSON.stringify(environment),
    cores: undefined,
    log: undefined,
    printed,
    isReady: false,
  };
  const late = setTimeout(() => child.kill('SIGKILL'), startMs).unref();
  child.once('message', () => {
    clearTimeout(late);
    worker.isReady = true;
  });
  child.once('close', () => clearTimeout(late));
  // 'exit' reports a dead child. Writing to its closed channel must not throw as well.
  child.on('error', () => undefined);
  child.stdout?.on('data', (chunk: Buffer) => printed[0].feed(chunk));
  child.stderr?.on('data', (chunk: Buffer) => printed[1].feed(chunk));
  return worker;
}

/** The variables of a process, in addition to those of its parent. */
export type Environment = Readonly<Record<string, string>>;

/** Without `gpus`, a process sees the GPUs of its parent. */
export function environmentOf({
  gpus,
  variables,
}: Pick<Invocation, 'gpus' | 'variables'>): Environment {
  const names = gpus?.join(',');
  const devices =
    names === undefined ? {} : { CUDA_VISIBLE_DEVICES: names, HIP_VISIBLE_DEVICES: names };
  return { ...variables, ...devices };
}

/** A process that could not start has no pid. That is reported in the next turn of the event loop. */
export function isAlive({ pid, connected, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && connected && exitCode === null && signalCode === null;
}

export function notStarted({ message, code }: NodeJS.ErrnoException): Failure {
  const advice =
    code === 'EAGAIN'
      ? TOO_FEW
      : code === 'EMFILE' || code === 'ENFILE'
        ? 'too many files are open (ulimit -n): run fewer stages in parallel (--jobs)'
        : undefined;
  return {
    kind: 'stage',
    message: `its process could not be started: ${message}`,
    ...(advice !== undefined && { advice }),
  };
}

export function send(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => undefined);
}
