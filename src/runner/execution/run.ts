/** Runs a plan on this machine. */
import type { StageId } from '../graph/pipeline.ts';
import type { Layout } from '../store/layout.ts';
import type { PlanContext } from './decide.ts';
import type { Emit, RunFinished } from './event.ts';
import type { Executor } from './executor.ts';
import type { Fetching } from './fetching.ts';
import { LiveMarker } from './live-marker.ts';
import type { LocalWorkplace } from './local/local-workplace.ts';
import { runPipeline } from './pipeline-run.ts';
import type { Plan } from './plan.ts';
import type { Capacities } from './resource-pool.ts';
import type { Workplace } from './workplace.ts';

export interface RunOptions {
  readonly capacities: Capacities;
  /** After a failure, go on with everything that does not depend on it. */
  readonly keepGoing: boolean;
  readonly forced: ReadonlySet<StageId>;
  readonly fetching?: Fetching | undefined;
}

export interface RunContext {
  readonly run: string;
  readonly layout: Layout;
  readonly planContext: PlanContext;
  readonly executor: Executor;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export type WorkplaceOf = (
  local: LocalWorkplace,
  registered: () => Promise<unknown>,
) => Workplace | Promise<Workplace>;

/** `workplaceOf` may wrap the local workplace, or replace it. `registered` resolves when nothing is collected any more. */
export async function run(
  plan: Plan,
  { capacities, keepGoing, forced, fetching = 'all' }: RunOptions,
  context: RunContext,
  workplaceOf: WorkplaceOf = (local) => local,
): Promise<RunFinished> {
  const { layout, planContext, executor, now } = context;
  const { cache, store, files } = planContext;
  const marker = new LiveMarker(context);
  const registered = (): Promise<unknown> => marker.put();
  const openWorkplace = async (): Promise<Workplace> => {
    const { LocalWorkplace } = await import('./local/local-workplace.ts');
    const options = { layout, cache, store, files, executor, capacities, now, registered };
    return workplaceOf(new LocalWorkplace(options), registered);
  };
  const { cpu: jobs } = capacities;
  const given = { ...context, keepGoing, forced, fetching, openWorkplace, jobs, marker };
  return runPipeline(plan, given);
}
