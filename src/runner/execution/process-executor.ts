/**
 * Runs stages in child processes: computing blocks its thread, and a backend is global to a process.
 *
 * A process that ended a stage well takes the next one, so that a backend starts once a job slot and
 * not once a stage; one whose stage failed or was stopped is not trusted again.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fail, ok, type Result } from '../result.ts';
import type { Executor, Invocation, StageNews } from './executor.ts';
import type { Failure } from './failure.ts';
import type { FromWorker, ToWorker } from './serve.ts';

/** How long a stopped stage may take to write a checkpoint before its process is killed. */
const GRACE_MS = 30_000;

export class ProcessExecutor implements Executor {
  private readonly workerPath: string;
  private readonly idle: ChildProcess[] = [];
  private readonly all = new Set<ChildProcess>();

  constructor(workerPath: string) {
    this.workerPath = workerPath;
  }

  execute(
    invocation: Invocation,
    signal: AbortSignal,
    tell: (news: StageNews) => void,
  ): Promise<Result<void, Failure>> {
    // Threads are a property of a started backend: a process that has several ends with its stage.
    const child = (invocation.cores === 1 ? this.idle.pop() : undefined) ?? this.start();
    return new Promise((resolve) => {
      let killer: NodeJS.Timeout | undefined;
      const stop = (): void => {
        send(child, { kind: 'stop' });
        killer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      };
      const settle = (result: Result<void, Failure>): void => {
        clearTimeout(killer);
        signal.removeEventListener('abort', stop);
        child.removeAllListeners('message').removeAllListeners('exit');
        child.stdout?.removeAllListeners('data');
        child.stderr?.removeAllListeners('data');
        if (result.ok && child.connected && invocation.cores === 1) this.idle.push(child);
        else child.kill('SIGKILL');
        resolve(result);
      };
      child.on('message', (message: FromWorker) => {
        if (message.kind === 'done') settle(ok(undefined));
        else if (message.kind === 'failed') settle(fail(message.failure));
        else tell(message);
      });
      child.on('exit', (code, killedBy) => {
        settle(
          fail(signal.aborted ? { kind: 'stopped' } : { kind: 'died', code, signal: killedBy }),
        );
      });
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (text: Buffer) =>
          tell({ kind: 'log', message: String(text).trimEnd() }),
        );
      }
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
      send(child, { kind: 'invoke', invocation });
    });
  }

  close(): void {
    for (const child of this.all) child.kill('SIGKILL');
  }

  private start(): ChildProcess {
    const child = fork(this.workerPath, [], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.all.add(child);
    child.once('close', () => {
      this.all.delete(child);
      const at = this.idle.indexOf(child);
      if (at >= 0) this.idle.splice(at, 1);
    });
    // A dead child is told by 'exit'; writing to its closed channel must not throw besides.
    child.on('error', () => undefined);
    return child;
  }
}

function send(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => undefined);
}
