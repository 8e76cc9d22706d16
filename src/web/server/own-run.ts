/** The run that the page started, if it may. The page can also stop it. */
import { fail, ok, type Result } from '../../base/result.ts';
import type { BadInput, Event } from '../../runner/index.ts';
import type { RunRequest } from '../messages.ts';
import type { Workbench } from './workbench.ts';

export interface BegunRun {
  readonly run: string;
  /** Starts the run; resolves when it has ended. */
  readonly carryOut: (onEvent: (event: Event) => void, signal: AbortSignal) => Promise<unknown>;
}

/** Plans a run; fails if the pipeline or the request is invalid. */
export type PlanRun = (request: RunRequest) => Promise<Result<BegunRun, BadInput>>;

export class OwnRun {
  private readonly plan: PlanRun;
  private readonly workbench: Workbench;
  private readonly onProblem: (problem: unknown) => void;
  private stopping: AbortController | undefined;
  private over: Promise<unknown> = Promise.resolve();

  /** `onProblem` is called with the error that ends a run. The server continues. */
  constructor(plan: PlanRun, workbench: Workbench, onProblem: (problem: unknown) => void) {
    this.plan = plan;
    this.workbench = workbench;
    this.onProblem = onProblem;
  }

  /** Returns the run's id, or an error message. */
  async start(request: RunRequest): Promise<Result<string, string>> {
    if (this.stopping) return fail('a run started from this page is still running');
    const stopping = new AbortController();
    this.stopping = stopping;
    let planned: Awaited<ReturnType<PlanRun>> | undefined;
    try {
      planned = await this.plan(request);
    } finally {
      // The page can try again, also after a bug.
      if (!planned?.ok) this.stopping = undefined;
    }
    if (!planned.ok)
      return fail(planned.error.diagnostics.map(({ message }) => message).join('; '));
    const { run, carryOut } = planned.value;
    const { see, end } = this.workbench.beginOwn(run);
    this.over = carryOut(see, stopping.signal)
      .then(
        () => end(),
        (problem: unknown) => {
          end(problem);
          this.onProblem(problem);
        },
      )
      .finally(() => {
        this.stopping = undefined;
      });
    return ok(run);
  }

  /** Stages may write a checkpoint; resolves when none runs any more. */
  async stop(): Promise<void> {
    this.stopping?.abort();
    await this.over;
  }
}
