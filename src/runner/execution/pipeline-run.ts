/** A run from its first event to its last: registered in the store, carried on by `RunLoop`, flushed to the disk. */
import { isSystemError } from '../../base/system-error.ts';
import type { StageId } from '../graph/pipeline.ts';
import type { Layout } from '../store/layout.ts';
import { collections } from '../store/live-run.ts';
import { dropWorkspaces, sweepWorkspaces } from '../store/workspace.ts';
import type { PlanContext } from './decide.ts';
import type { Emit, RunFinished } from './event.ts';
import type { LiveMarker } from './live-marker.ts';
import { NewestResults } from './newest-results.ts';
import type { Plan } from './plan.ts';
import { RunLoop } from './run-loop.ts';
import { Stops } from './stops.ts';
import type { Workplace } from './workplace.ts';

export interface PipelineRun {
  readonly run: string;
  readonly layout: Layout;
  readonly planContext: PlanContext;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** After a failure, go on with everything that does not depend on it. */
  readonly keepGoing: boolean;
  readonly forced: ReadonlySet<StageId>;
  readonly workplace: Workplace;
  readonly marker: LiveMarker;
}

export async function runPipeline(plan: Plan, given: PipelineRun): Promise<RunFinished> {
  const { run, layout, planContext, emit, now, workplace, marker } = given;
  const { pipeline, counts: planned } = plan;
  const stops = new Stops(given.signal);
  const newest = new NewestResults(given);
  const willRun = planned.run + planned.pending > 0;
  if (willRun) newest.tryTo('work/', () => sweepWorkspaces(layout));
  const started = now();
  const time = new Date(started).toISOString();
  const { facts } = planContext;
  // A workplace with its own scheduler may run all of them at once.
  const jobs = workplace.capacities?.cpu ?? pipeline.stages.length;
  emit({ type: 'run-started', run, time, plan: planned, jobs, facts });
  // The marker comes before the first decision, so that nothing that a decision finds is collected. Every run needs it:
  // even one without a stage to build reports the results that it found. If no marker can be written, the stages that
  // need it report that.
  await marker.putIfWritable();
  const collected = marker.waitedForCollection || collections(layout) !== planContext.collections;
  // It ends unused if the first stages wait for the lock of another run, or turn out to be hits.
  if (planned.run > 0) workplace.prepare?.();
  const loop = new RunLoop(plan, { ...given, newest, stops, jobs, outdated: collected });
  let notOnDisk: string | undefined;
  try {
    await loop.run();
  } finally {
    notOnDisk = flush(workplace, emit);
    newest.tryTo('work/', () => dropWorkspaces(layout));
    await marker.remove();
    stops.close();
  }
  const counts = loop.counts.of(pipeline.stages.length);
  const finished: RunFinished = {
    type: 'run-finished',
    run,
    ...counts,
    seconds: (now() - started) / 1000,
    interrupted: stops.running.aborted && counts.remaining > 0,
    ...(notOnDisk !== undefined && { notOnDisk }),
  };
  emit(finished);
  return finished;
}

/** The error of the disk if it did not take everything that waited for the end of the run. */
function flush(workplace: Workplace, emit: Emit): string | undefined {
  try {
    workplace.flush();
    return undefined;
  } catch (problem) {
    if (!isSystemError(problem)) throw problem;
    const message = `the disk did not take all results of this run: ${problem.message}; check the disk, then run "pipeline verify" to find damaged files`;
    emit({ type: 'warning', message });
    return problem.message;
  }
}
