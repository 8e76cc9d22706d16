/** A plan carried out, told to its journal and to whoever asked for it. */
import type { Emit, RunFinished, RunSelection } from '../execution/event.ts';
import type { Executor } from '../execution/executor.ts';
import type { Plan } from '../execution/plan.ts';
import type { Capacities } from '../execution/resource-pool.ts';
import { run } from '../execution/run.ts';
import { StandInCount } from '../history/stand-in-count.ts';
import { noteForNextRun } from './idle-run.ts';
import type { Prepared } from './prepare.ts';
import type { Project } from './project.ts';
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
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export async function execute(
  project: Project,
  { plan, forced, knowledge, lock, basis }: Prepared,
  request: RunRequest,
): Promise<RunFinished> {
  const telling = new Telling(project.layout, request);
  const count = new StandInCount(lock);
  const emit: Emit = (event) => {
    for (const told of count.see(event)) telling.tell(told);
  };
  const { capacities, keepGoing, executor, signal, now } = request;
  const context = {
    run: request.run,
    layout: project.layout,
    knowledge,
    executor,
    signal,
    emit,
    now,
  };
  try {
    const finished = await run(plan, { capacities, keepGoing, forced }, context);
    if (basis && isWorthNoting(finished, plan)) {
      noteForNextRun(project.layout, plan.pipeline, knowledge.latest, basis);
    }
    return count.finish(finished);
  } finally {
    telling.close();
    executor.close();
  }
}

/**
 * A note is of a pipeline that is up to date as a whole. To write it takes some 10 µs a stage: a run that
 * made one of many thousands again leaves it to the next.
 */
function isWorthNoting({ executed, cached }: RunFinished, { pipeline }: Plan): boolean {
  const { length } = pipeline.stages;
  return executed + cached === length && (executed === 0 || length <= MOST_NOTED * executed);
}

const MOST_NOTED = 2000;
