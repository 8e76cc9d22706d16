/** A plan carried out, told to its journal and to whoever asked for it. */
import type { Emit, Event, RunFinished, RunSelection } from '../execution/event.ts';
import type { Executor } from '../execution/executor.ts';
import type { Capacities } from '../execution/resource-pool.ts';
import { run } from '../execution/run.ts';
import { SubstituteCounter } from '../history/substitute-counter.ts';
import type { Layout } from '../store/layout.ts';
import type { Prepared } from './prepare.ts';
import type { Project } from './project.ts';
import { renewNote, writeNote } from './standing-note.ts';
import { Telling } from './telling.ts';

export interface RunRequest {
  readonly run: string;
  readonly name?: string;
  readonly selection?: RunSelection;
  readonly capacities: Capacities;
  readonly keepGoing: boolean;
  readonly executor: Executor;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** The events of stages that are known to stand, a line of JSON each. */
  readonly onLines?: (lines: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export async function execute(
  project: Project,
  prepared: Prepared,
  request: RunRequest,
): Promise<RunFinished> {
  const { plan, forced, planContext, stats, lock, standing } = prepared;
  const telling = new Telling(project.layout, request);
  const count = new SubstituteCounter(lock);
  const whole = (finished: RunFinished): RunFinished => ({
    ...finished,
    cached: finished.cached + (standing?.count ?? 0),
  });
  const emit: Emit = (event) => {
    const all: Event = event.type === 'run-finished' ? whole(event) : event;
    for (const told of count.see(all)) telling.tell(told);
    if (event.type !== 'run-started' || !standing) return;
    telling.noteLines(standing.lines);
    request.onLines?.(standing.lines);
  };
  const { capacities, keepGoing, executor, signal, now } = request;
  const context = {
    run: request.run,
    layout: project.layout,
    planContext,
    executor,
    signal,
    emit,
    now,
  };
  try {
    const finished = await run(plan, { capacities, keepGoing, forced }, context);
    // Only files that are on the disk by now are known to be whole.
    if (finished.notOnDisk === undefined) stats.save();
    noteForNextRun(project.layout, finished, prepared);
    return count.finish(whole(finished));
  } finally {
    telling.close();
  }
}

/**
 * A note is of a pipeline that is up to date as a whole. To write it takes some 10 µs a stage: a run that
 * made one of many thousands again leaves it to the next.
 */
function noteForNextRun(
  layout: Layout,
  { executed, cached, notOnDisk }: RunFinished,
  { plan: { pipeline }, planContext, basis, standing }: Prepared,
): void {
  const { length } = pipeline.stages;
  if (!basis || executed + cached < length || notOnDisk !== undefined) return;
  if (executed > 0 && length + (standing?.count ?? 0) > MOST_NOTED * executed) return;
  if (standing) renewNote(layout, standing.note, pipeline, standing.open, planContext, basis);
  else writeNote(layout, pipeline, planContext, basis);
}

const MOST_NOTED = 2000;
