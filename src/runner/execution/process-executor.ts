/**
 * Runs stages in child processes: computing blocks its thread, and a backend is global to a process.
 *
 * A process that ended a stage well takes the next one, so that a backend starts once a job slot and
 * not once a stage; one whose stage failed or was stopped is not trusted again.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { setImmediate, setTimeout as wait } from 'node:timers/promises';
import { fail, ok, type Result } from '../../base/result.ts';
import { isSystemError } from '../../base/system-error.ts';
import type { Executor, Invocation, Prewarm, StageNews } from './executor.ts';
import { type Failure, TOO_FEW } from './failure.ts';
import { OutputLines } from './output-lines.ts';
import type { FromWorker, ToWorker } from './serve.ts';
import { StageLog } from './stage-log.ts';

/** How long a stopped stage may take to write a checkpoint before its process is killed. */
const GRACE_MS = 10_000;

/** Where threads are short, Node may wait for ever while it starts. */
const START_MS = 120_000;

/** How long the output of a dead process is read: one that it started may hold it open. */
const LAST_WORDS_MS = 1000;

interface Worker {
  readonly child: ChildProcess;
  /** What it was started with beside what its parent has. */
  readonly environment: string;
  /** As many as a backend may have started on in it; undefined where nothing has. */
  cores: number | undefined;
  /** Takes what it prints, if it runs a stage. */
  log: StageLog | undefined;
  readonly printed: readonly OutputLines[];
  isReady: boolean;
}

export interface ProcessOptions {
  /** How long a stopped stage has. */
  readonly graceMs?: number;
  /** How long a process may take to start. */
  readonly startMs?: number;
  /** What Node is started with; those of this process where there are none. */
  readonly execArgv?: readonly string[];
}

export class ProcessExecutor implements Executor {
  private readonly workerPath: string;
  private readonly graceMs: number;
  private readonly startMs: number;
  private readonly execArgv: readonly string[] | undefined;
  private idle: Worker[] = [];
  private readonly environment: Readonly<Record<string, string | undefined>>;
  private readonly all = new Set<Worker>();

  /** `environment` is what its processes get, beside the GPUs that a stage may use. */
  constructor(
    workerPath: string,
    environment: Readonly<Record<string, string | undefined>>,
    { graceMs = GRACE_MS, startMs = START_MS, execArgv }: ProcessOptions = {},
  ) {
    this.workerPath = workerPath;
    this.environment = environment;
    this.graceMs = graceMs;
    this.startMs = startMs;
    this.execArgv = execArgv;
  }

  async execute(
    invocation: Invocation,
    signal: AbortSignal,
    tell: (news: StageNews) => void,
  ): Promise<Result<void, Failure>> {
    if (signal.aborted) return fail({ kind: 'stopped' });
    let worker: Worker;
    try {
      worker = this.take(invocation);
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      return fail(notStarted(problem));
    }
    const show = (message: string): void => tell({ kind: 'log', message });
    const log = new StageLog(invocation.log, show, Date.now);
    worker.log = log;
    const result = await this.converse(worker, invocation, signal, tell);
    for (const lines of worker.printed) lines.end();
    worker.log = undefined;
    log.end();
    // Threads are a property of a started backend: a process that has several ends with its stage.
    if (result.ok && invocation.cores === 1 && isAlive(worker.child)) this.idle.push(worker);
    else worker.child.kill('SIGKILL');
    return result;
  }

  /** An idle process that fits, or a new one. */
  private take(prewarm: Prewarm & Pick<Invocation, 'gpus'>): Worker {
    const environment = environmentOf(prewarm);
    const same = JSON.stringify(environment);
    const { cores } = prewarm;
    const at = this.idle.findLastIndex(
      (one) => one.environment === same && (one.cores ?? cores) === cores && isAlive(one.child),
    );
    if (at < 0) this.endUnsuited();
    const worker = at >= 0 ? this.idle.splice(at, 1)[0]! : this.start(environment);
    worker.cores = cores;
    return worker;
  }

  /** What was made ready for several cores, and is wanted for none after all, would only hold memory. */
  private endUnsuited(): void {
    const unsuited = ({ cores = 1 }: Worker): boolean => cores > 1;
    for (const { child } of this.idle.filter(unsuited)) child.kill('SIGKILL');
    this.idle = this.idle.filter((one) => !unsuited(one));
  }

  /** A process is started ahead: that takes longer than many a decision, and with a backend longer still. */
  prepare(prewarm?: Prewarm): void {
    try {
      if (prewarm) {
        const worker = this.take(prewarm);
        send(worker.child, { kind: 'prepare', prewarm });
        this.idle.push(worker);
      } else if (this.all.size === 0) this.idle.push(this.start({}));
    } catch (problem) {
      // The stage that needs it tells why it can't be started.
      if (!isSystemError(problem)) throw problem;
    }
  }

  close(): void {
    for (const { child } of this.all) child.kill('SIGKILL');
  }

  private converse(
    worker: Worker,
    invocation: Invocation,
    signal: AbortSignal,
    tell: (news: StageNews) => void,
  ): Promise<Result<void, Failure>> {
    const { child } = worker;
    return new Promise((resolve) => {
      let killer: NodeJS.Timeout | undefined;
      const stop = (): void => {
        send(child, { kind: 'stop' });
        killer = setTimeout(() => child.kill('SIGKILL'), this.graceMs);
      };
      /** What was printed before the end may still be on its way, on a pipe of its own. */
      const settle = (result: Result<void, Failure>, printed: Promise<unknown>): void => {
        clearTimeout(killer);
        signal.removeEventListener('abort', stop);
        child.off('message', onMessage).off('exit', onExit).off('error', onError);
        void printed.then(() => resolve(result));
      };
      const onMessage = (message: FromWorker): void => {
        if (message.kind === 'done') settle(ok(undefined), setImmediate());
        else if (message.kind === 'failed') settle(fail(message.failure), setImmediate());
        else if (message.kind !== 'ready') tell(message);
      };
      const onExit = (code: number | null, killedBy: string | null): void => {
        const drained = new Promise((read) => child.once('close', read));
        const starting = worker.isReady ? {} : ({ starting: true } as const);
        const died: Failure = { kind: 'died', code, signal: killedBy, ...starting };
        settle(
          fail(signal.aborted ? { kind: 'stopped' } : died),
          Promise.race([drained, wait(LAST_WORDS_MS, undefined, { ref: false })]),
        );
      };
      const onError = (problem: Error): void => {
        if (child.pid === undefined) settle(fail(notStarted(problem)), Promise.resolve());
      };
      child.on('message', onMessage).on('exit', onExit).on('error', onError);
      signal.addEventListener('abort', stop, { once: true });
      send(child, { kind: 'invoke', invocation });
    });
  }

  private start(environment: Environment): Worker {
    const child = fork(this.workerPath, [], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...this.environment, ...environment },
      ...(this.execArgv && { execArgv: [...this.execArgv] }),
    });
    const same = JSON.stringify(environment);
    const take = (bytes: Buffer): void => worker.log?.add(bytes);
    const printed = [new OutputLines(take), new OutputLines(take)];
    const worker: Worker = {
      child,
      environment: same,
      cores: undefined,
      log: undefined,
      printed,
      isReady: false,
    };
    const late = setTimeout(() => child.kill('SIGKILL'), this.startMs).unref();
    child.once('message', () => {
      clearTimeout(late);
      worker.isReady = true;
    });
    this.all.add(worker);
    child.once('close', () => {
      clearTimeout(late);
      this.all.delete(worker);
      const at = this.idle.indexOf(worker);
      if (at >= 0) this.idle.splice(at, 1);
    });
    // A dead child is told by 'exit'; writing to its closed channel must not throw besides.
    child.on('error', () => undefined);
    child.stdout?.on('data', (chunk: Buffer) => printed[0]!.feed(chunk));
    child.stderr?.on('data', (chunk: Buffer) => printed[1]!.feed(chunk));
    return worker;
  }
}

type Environment = Readonly<Record<string, string>>;

/** Where no GPUs are given, a process sees those that its parent does. */
function environmentOf({ gpus, variables }: Pick<Invocation, 'gpus' | 'variables'>): Environment {
  const names = gpus?.join(',');
  const devices =
    names === undefined ? {} : { CUDA_VISIBLE_DEVICES: names, HIP_VISIBLE_DEVICES: names };
  return { ...variables, ...devices };
}

/** A process that was never started has no pid, and is reported in the next turn of the event loop. */
function isAlive({ pid, connected, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && connected && exitCode === null && signalCode === null;
}

function notStarted({ message, code }: NodeJS.ErrnoException): Failure {
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

function send(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => undefined);
}
