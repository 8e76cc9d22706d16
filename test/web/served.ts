/** The server of the page, with a project of the engine's rig whose stages the test controls. */
import { setTimeout as wait } from 'node:timers/promises';
import { ok } from '../../src/base/result.ts';
import { execute, prepare } from '../../src/runner/index.ts';
import type { ServerMessage } from '../../src/web/messages.ts';
import type { PageFiles } from '../../src/web/server/page-files.ts';
import { serve } from '../../src/web/server/serve.ts';
import { Workbench } from '../../src/web/server/workbench.ts';
import { Rig } from '../runner/rig.ts';
import { messagesUntil } from './message-stream.ts';

export const TOKEN = 'a-token-of-the-test';

export class Served {
  readonly rig = new Rig();
  /** The pipeline; `change` is called after it was set. */
  text: string;
  port = 0;
  workbench!: Workbench;
  private readonly abort = new AbortController();
  private changed: () => void = () => undefined;
  private close: () => Promise<void> = async () => undefined;
  private over: Promise<void> = Promise.resolve();

  constructor(text: string) {
    this.text = text;
  }

  async start(
    options: {
      allowRun?: boolean;
      page?: PageFiles;
      port?: number | 'usual';
      configs?: readonly string[];
      settings?: readonly string[];
    } = {},
  ): Promise<this> {
    const { allowRun = false, page = { script: 'script', style: 'style' } } = options;
    const { configs = [], settings = [] } = options;
    const project = { ...this.rig.project(this.text), readOnly: !allowRun };
    const selection = { configs, settings, targets: [], forced: [] };
    const read = async (targets: readonly string[] = [], forced: readonly string[] = []) => {
      const now = { ...this.rig.project(this.text), readOnly: !allowRun };
      return prepare(now, { ...selection, targets, forced });
    };
    this.workbench = new Workbench({
      project,
      mayRun: allowRun,
      hasSettings: settings.length > 0,
      read: () => read(),
      nextChange: (signal) =>
        new Promise<void>((resolve) => {
          this.changed = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
          if (signal.aborted) resolve();
        }),
      now: Date.now,
      signal: this.abort.signal,
    });
    let runs = 0;
    const plan = async ({
      targets,
      force,
      keepGoing,
    }: {
      targets: readonly string[];
      force: boolean;
      keepGoing: boolean;
    }) => {
      const planned = await read(targets, force ? targets : []);
      if (!planned.ok) return planned;
      const run = `run-own-${runs++}`;
      return ok({
        run,
        carryOut: (emit: Parameters<typeof execute>[2]['emit'], signal: AbortSignal) =>
          execute(project, planned.value, {
            run,
            capacities: { cpu: 4, network: 4 },
            keepGoing,
            executor: this.rig.executor,
            signal,
            emit,
            now: Date.now,
          }),
      });
    };
    const served = await serve(this.workbench, {
      page,
      port: options.port === 'usual' ? undefined : (options.port ?? 0),
      ...(allowRun && { runs: { plan, token: TOKEN } }),
      onProblem: (problem) => this.problems.push(problem),
    });
    if (!served.ok) throw new Error(served.error);
    this.port = served.value.port;
    this.close = served.value.close;
    this.over = this.workbench.stay();
    return this;
  }

  /** The errors of requests that could not be answered. */
  readonly problems: unknown[] = [];

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Changes the pipeline. */
  change(text: string): void {
    this.text = text;
    this.changed();
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.address}${path}`, { headers });
  }

  async json<T>(path: string): Promise<T> {
    return (await this.get(path)).json() as Promise<T>;
  }

  /** All messages of the event stream until one meets the condition. */
  messagesUntil(
    enough: (message: ServerMessage, all: readonly ServerMessage[]) => boolean,
  ): Promise<readonly ServerMessage[]> {
    return messagesUntil(this.address, enough);
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.over;
    await this.close();
    // A tick may still be reading files that are about to be deleted.
    await wait(0);
    this.rig.remove();
  }
}
