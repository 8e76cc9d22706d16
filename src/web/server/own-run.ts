/** The one run that the page may have started: begun and stopped from there, where that is allowed. */
import { fail, ok, type Result } from '../../base/result.ts';
import type { BadInput, Event } from '../../runner/index.ts';
import type { RunRequest } from '../messages.ts';
import type { Workbench } from './workbench.ts';

export interface BegunRun {
  readonly run: string;
  /** Begins it; resolves when it is over. */
  readonly carryOut: (onEvent: (event: Event) => void, signal: AbortSignal) => Promise<unknown>;
}

/** Plans it; fails where the pipeline or the request can't be understood. */
export type PlanRun = (request: RunRequest) => Promise<Result<BegunRun, BadInput>>;

export class OwnRun {
  private readonly plan: PlanRun;
  private readonly workbench: Workbench;
  private stopping: AbortController | undefined;
  private over: Promise<unknown> = Promise.resolve();

  constructor(plan: PlanRun, workbench: Workbench) {
    this.plan = plan;
    this.workbench = workbench;
  }

  /** The run's id; fails with a sentence. */
  async start(request: RunRequest): Promise<Result<string, string>> {
    if (this.stopping) return fail('a run of this page goes on');
    const stopping = new AbortController();
    this.stopping = stopping;
    const planned = await this.plan(request);
    if (!planned.ok) {
      this.stopping = undefined;
      return fail(planned.error.diagnostics.map(({ message }) => message).join('; '));
    }
    const { run, carryOut } = planned.value;
    this.over = carryOut(this.workbench.beginOwn(run), stopping.signal).finally(() => {
      this.stopping = undefined;
    });
    return ok(run);
  }

  /** What runs may write a checkpoint; resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.stopping?.abort();
    await this.over;
  }
}
