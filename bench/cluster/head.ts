/** `pipeline run` on a cluster, as a process that can be signalled and killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { parseJson } from '../../src/base/json-text.ts';
import type { Event } from '../../src/runner/execution/event.ts';

export interface HeadEnd {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly errors: string;
  readonly seconds: number;
}

export interface HeadOptions {
  /** `dist/main.js`. */
  readonly program: string;
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
}

export class Head {
  readonly events: Event[] = [];
  readonly ended: Promise<HeadEnd>;
  errors = '';
  private readonly child: ChildProcess;

  constructor({ program, folder, environment }: HeadOptions, ...words: readonly string[]) {
    const began = performance.now();
    const all = [program, 'run', '--json', ...words];
    this.child = spawn(process.execPath, all, { cwd: folder, env: environment });
    let rest = '';
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        const event = parseJson(line) as Event | undefined;
        if (event?.type) this.events.push(event);
      }
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code) => {
        const seconds = (performance.now() - began) / 1000;
        resolve({ code, errors: this.errors, seconds });
      });
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits until `holds`, or until the process has ended. */
  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (this.isRunning && !(await holds())) await wait(20);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  has(type: Event['type']): boolean {
    return this.events.some((event) => event.type === type);
  }

  get finished(): Extract<Event, { type: 'run-finished' }> | undefined {
    return this.events.findLast((event) => event.type === 'run-finished');
  }
}
