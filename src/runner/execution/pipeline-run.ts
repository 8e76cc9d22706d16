/**
 * A run from its first event to its last: registers it in the store, runs its stages in a
 * `RunLoop`, and flushes the disk.
 */
import { isSystemError } from '../../base/system-error.ts';
import type { StageId } from '../graph/pipeline.ts';
import type { Layout } from '../store/layout.ts';
import { collectionStamp } from '../store/live-run.ts';
import { dropWorkspaces, sweepWorkspaces } from '../store/workspace.ts';
import type { PlanContext } from './decide.ts';
import type { Emit, RunFinished } from './event.ts';
import type { Fetching } from './fetching.ts';
import type { LiveMarker } from './live-marker.ts';
import { NewestResults } from './newest-results.ts';
import type { Plan } from './plan.ts';
import { StageCounts } from './stage-counts.ts';
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
  readonly fetching: Fetching;
  /** Called at most once, and only if a stage may have to run. */
  readonly openWorkplace: () => Promise<Workplace>;
  /** How many stages may run at once on this machine. */
  readonly jobs: number;
  readonly marker: LiveMarker;
}

export async function runPipeline(plan: Plan, given: PipelineRun): Promise<RunFinished> {
  const { run, layout, planContext, emit, now, marker } = given;
  const { decisions, counts: planned } = plan;
  const stops = new Stops(given.signal);
  const newest = new NewestResults(given);
  const willRun = planned.run + planned.pending > 0;
  if (willRun) newest.tryTo('work/', () => sweepWorkspaces(layout));
  let workplace = plan.isDone ? undefined : await given.openWorkplace();
  const started = now();
  const time = new Date(started).toISOString();
  const { facts } = planContext;
  emit({
    type: 'run-started',
    run,
    time,
    plan: planned,
    jobs: jobsOf(workplace, plan, given),
    facts,
  });
  // The marker is written before the first decision, so that nothing that a decision finds is
  // collected. Every run needs it, because even a run without a stage to build reports the results
  // that it found. If no marker can be written, the stages that need it report that.
  await marker.putIfWritable();
  const outdated =
    marker.waitedForCollection || collectionStamp(layout) !== planContext.collectionStamp;
  let counts: StageCounts;
  let notFetched = 0;
  let notOnDisk: string | undefined;
  try {
    if (plan.isDone && !outdated) counts = reportDone(plan, stops, emit);
    else {
      workplace ??= await given.openWorkplace();
      // It is not used if the first stages wait for the lock of another run, or turn out to be
      // hits.
      if (planned.run > 0) workplace.prepare?.();
      const { RunLoop } = await import('./run-loop.ts');
      const jobs = jobsOf(workplace, plan, given);
      const loop = new RunLoop(plan, { ...given, workplace, newest, stops, jobs, outdated });
      counts = loop.counts;
      await loop.run();
      notFetched = loop.notFetched.size;
    }
  } finally {
    notOnDisk = workplace && flush(workplace, emit);
    await finishCache(given);
    newest.tryTo('work/', () => dropWorkspaces(layout));
    await marker.remove();
    stops.close();
    workplace?.close();
  }
  const ends = counts.of(decisions.size);
  const finished: RunFinished = {
    type: 'run-finished',
    run,
    ...ends,
    seconds: (now() - started) / 1000,
    interrupted: stops.running.aborted && ends.remaining > 0,
    ...(notOnDisk !== undefined && { notOnDisk }),
    ...(notFetched > 0 && { notFetched }),
  };
  emit(finished);
  return finished;
}

/** A workplace with its own scheduler may run all stages at once. */
function jobsOf(
  workplace: Workplace | undefined,
  { decisions }: Plan,
  { jobs }: PipelineRun,
): number {
  return workplace && !workplace.capacities ? decisions.size : jobs;
}

/**
 * Every stage was just found up to date, so the order does not matter and nothing is checked again.
 */
function reportDone({ decisions }: Plan, { starting }: Stops, emit: Emit): StageCounts {
  const counts = new StageCounts();
  for (const [stage, decision] of decisions) {
    if (starting.aborted) break;
    if (decision.kind !== 'hit') throw new Error(`${stage} is not a hit in a plan that is done`);
    const { key, outputs } = decision;
    counts.addCached();
    emit({ type: 'stage-cached', stage, key, outputs });
  }
  return counts;
}

/** The marker of the run is still there, so nothing that is being uploaded is collected. */
async function finishCache({ planContext: { cache }, signal, emit }: PipelineRun): Promise<void> {
  await cache.finish?.(signal);
  for (const message of cache.takeWarnings?.() ?? []) emit({ type: 'warning', message });
}

/** The error of the disk if it did not store everything that waited for the end of the run. */
function flush(workplace: Workplace, emit: Emit): string | undefined {
  try {
    workplace.flush();
    return undefined;
  } catch (problem) {
    if (!isSystemError(problem)) throw problem;
    const message = `the disk did not store all results of this run: ${problem.message}; check the disk, then run "pipeline verify" to find damaged files`;
    emit({ type: 'warning', message });
    return problem.message;
  }
}
