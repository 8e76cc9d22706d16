/** A process of the cluster. It ends with this process, even if that is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

export interface DaemonOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** The file for what it prints. */
  readonly log: string;
}

export class Daemon {
  private readonly child: ChildProcess;
  private readonly log: string;

  constructor(words: readonly string[], { environment, log }: DaemonOptions) {
    const output = openSync(log, 'a');
    const all = ['--pdeathsig', 'KILL', '--', ...words];
    this.child = spawn('setpriv', all, { env: environment, stdio: ['ignore', output, output] });
    this.log = log;
    closeSync(output);
  }

  get pid(): number {
    return this.child.pid!;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits until `holds`. Throws, with what it printed, if the daemon ends before that. */
  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) {
      if (!this.isRunning)
        throw new Error(`it ended: ${readFileSync(this.log, 'utf8').slice(-2000)}`);
      await wait(50);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Resolves when it has ended. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.isRunning) return;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    // A process that was frozen acts on SIGTERM when it goes on.
    this.child.kill('SIGCONT');
    await ended;
  }
}
