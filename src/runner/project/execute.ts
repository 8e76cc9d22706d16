/** Executes a plan and reports it. This is the only way to run a pipeline. */
import type { Emit, RunFinished, RunSelection } from '../execution/event.ts';
import type { Executor } from '../execution/executor.ts';
import type { Fetching } from '../execution/fetching.ts';
import type { Profile } from '../execution/profile.ts';
import type { Capacities } from '../execution/resource-pool.ts';
import { run } from '../execution/run.ts';
import { noteOnLeftOrders } from '../execution/slurm/left-orders.ts';
import type { StageId } from '../graph/pipeline.ts';
import { SubstituteCounter } from '../history/substitute-counter.ts';
import { clusterOf } from './cluster-of.ts';
import { keepPlan } from './keep-plan.ts';
import type { Prepared } from './prepared.ts';
import type { Project } from './project.ts';
import { RunReporter } from './run-reporter.ts';

export interface RunRequest {
  readonly run: string;
  readonly name?: string;
  readonly selection?: RunSelection;
  readonly capacities: Capacities;
  readonly keepGoing: boolean;
  /** Which results of a remote cache are copied here. By default all. */
  readonly fetching?: Fetching | undefined;
  readonly executor: Executor;
  /** Stages are sent to a cluster, except for its `local` ones. */
  readonly profile?: Profile;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Aborted by a second Ctrl-C, which also cancels the jobs of a cluster. */
  readonly cancel?: AbortSignal | undefined;
}

export async function execute(
  project: Pick<Project, 'origin' | 'root' | 'environment' | 'nodeProgram'>,
  prepared: Prepared,
  request: RunRequest,
): Promise<RunFinished> {
  const { origin } = project;
  const { layout, plan, forced, planContext, stats, lock } = prepared;
  const { capacities, keepGoing, fetching, executor, signal, now } = request;
  const willRun = plan.counts.run + plan.counts.pending > 0;
  const reporter = new RunReporter(layout, { ...request, origin: await origin?.(willRun) });
  const count = new SubstituteCounter(lock);
  const made = new Set<StageId>();
  const isCounted = lock !== undefined || planContext.findSubstitute !== undefined;
  const emit: Emit = (event) => {
    if (event.type === 'stage-finished') made.add(event.stage);
    if (!isCounted) reporter.report(event);
    else for (const counted of count.see(event)) reporter.report(counted);
  };
  const context = { run: request.run, layout, planContext, executor, signal, emit, now };
  try {
    const note =
      willRun && !request.profile ? noteOnLeftOrders(layout, project.environment) : undefined;
    if (note !== undefined) emit({ type: 'warning', message: note });
    const workplaceOf =
      request.profile &&
      clusterOf(
        request.profile,
        { ...project, layout },
        { ...context, plan, cancel: request.cancel },
      );
    const options = { capacities, keepGoing, fetching, forced };
    const finished = await run(plan, options, context, workplaceOf);
    // Only files that have reached the disk are known to be complete.
    if (finished.notOnDisk === undefined) stats.save();
    keepPlan(layout, finished, prepared, made);
    return count.finish(finished);
  } finally {
    reporter.close();
    executor.close();
  }
}
