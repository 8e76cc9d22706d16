/**
 * Executes stages in child processes, because computing blocks its thread and a backend is global to a process.
 *
 * After a success, a process takes the next stage, so a backend starts once per job slot and not once per stage. After
 * a failure or a stop, a process is not used again.
 */
import { setImmediate, setTimeout as wait } from 'node:timers/promises';
import { fail, ok, type Result } from '../../base/result.ts';
import { isSystemError, unlessRefused } from '../../base/system-error.ts';
import { unreachable } from '../../base/unreachable.ts';
import type { Executor, Invocation, Prewarm, StageNews } from './executor.ts';
import type { Failure } from './failure.ts';
import type { FromWorker } from './serve.ts';
import { StageLog } from './stage-log.ts';
import {
  type Environment,
  environmentOf,
  isAlive,
  notStarted,
  send,
  startWorker,
  type Worker,
} from './worker-process.ts';

/** How long a stopped stage may take to write a checkpoint before its process is killed. */
const GRACE_MS = 10_000;

/** If the system has too few threads, Node may hang while it starts. */
const START_MS = 120_000;

/** How long the output of a dead process is read. A process that it started may keep the pipe open. */
const LAST_WORDS_MS = 1000;

export interface ProcessOptions {
  /** How long a stopped stage may take to end. */
  readonly graceMs?: number;
  /** How long a process may take to start. */
  readonly startMs?: number;
  /** The options of Node. By default those of this process. */
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

  /** `environment`: the variables of its processes, in addition to the GPUs that a stage may use. */
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
    report: (news: StageNews) => void,
  ): Promise<Result<void, Failure>> {
    if (signal.aborted) return fail({ kind: 'stopped' });
    let worker: Worker;
    try {
      worker = this.take(invocation);
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      return fail(notStarted(problem));
    }
    const show = (message: string): void => report({ kind: 'log', message });
    const log = new StageLog(invocation.log, show, Date.now);
    worker.log = log;
    const result = await this.converse(worker, invocation, signal, report);
    for (const lines of worker.printed) lines.end();
    worker.log = undefined;
    log.end();
    // A started backend keeps its number of threads, so a process with several cores ends with its
    // stage.
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

  /**
   * Ends processes that were prewarmed for several cores and not used. They would only use memory.
   */
  private endUnsuited(): void {
    const unsuited = ({ cores = 1 }: Worker): boolean => cores > 1;
    for (const { child } of this.idle.filter(unsuited)) child.kill('SIGKILL');
    this.idle = this.idle.filter((one) => !unsuited(one));
  }

  /** Starts a process ahead. With a backend, that takes longer than most decisions. */
  prepare(prewarm?: Prewarm): void {
    // If it cannot be started, the stage that needs it reports why.
    unlessRefused(() => {
      if (prewarm) {
        const worker = this.take(prewarm);
        send(worker.child, { kind: 'prepare', prewarm });
        this.idle.push(worker);
      } else if (this.all.size === 0) this.idle.push(this.start({}));
    });
  }

  close(): void {
    for (const { child } of this.all) child.kill('SIGKILL');
  }

  private converse(
    worker: Worker,
    invocation: Invocation,
    signal: AbortSignal,
    report: (news: StageNews) => void,
  ): Promise<Result<void, Failure>> {
    const { child } = worker;
    return new Promise((resolve) => {
      let killer: NodeJS.Timeout | undefined;
      const stop = (): void => {
        send(child, { kind: 'stop' });
        killer = setTimeout(() => child.kill('SIGKILL'), this.graceMs);
      };
      /** Output from before the end may still be in the pipe. */
      const settle = (result: Result<void, Failure>, printed: Promise<unknown>): void => {
        clearTimeout(killer);
        signal.removeEventListener('abort', stop);
        child.off('message', onMessage).off('exit', onExit).off('error', onError);
        void printed.then(() => resolve(result));
      };
      const onMessage = (message: FromWorker): void => {
        switch (message.kind) {
          case 'done':
            settle(ok(undefined), setImmediate());
            break;
          case 'failed':
            settle(fail(message.failure), setImmediate());
            break;
          case 'ready':
            break;
          case 'progress':
          case 'log':
          case 'single':
            report(message);
            break;
          default:
            unreachable(message);
        }
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
    const { workerPath, startMs, execArgv } = this;
    const all = { ...this.environment, ...environment };
    const worker = startWorker(workerPath, environment, { all, startMs, execArgv });
    this.all.add(worker);
    worker.child.once('close', () => {
      this.all.delete(worker);
      const at = this.idle.indexOf(worker);
      if (at >= 0) this.idle.splice(at, 1);
    });
    return worker;
  }
}
