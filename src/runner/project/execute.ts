/** A plan carried out, told to its journal and to whoever asked for it. */
import type { Emit, RunFinished, RunSelection } from '../execution/event.ts';
import type { Executor } from '../execution/executor.ts';
import { Journal } from '../execution/journal.ts';
import type { Capacities } from '../execution/resource-pool.ts';
import { run } from '../execution/run.ts';
import { StandInCount } from '../history/stand-in-count.ts';
import type { Prepared } from './prepare.ts';
import type { Project } from './project.ts';

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
  { plan, forced, knowledge, lock }: Prepared,
  request: RunRequest,
): Promise<RunFinished> {
  const { name, selection } = request;
  const asked = { ...(name !== undefined && { name }), ...(selection && { selection }) };
  const journal = new Journal(project.layout.run(request.run));
  const count = new StandInCount(lock);
  const emit: Emit = (plain) => {
    const event = plain.type === 'run-started' ? { ...plain, ...asked } : plain;
    for (const told of count.see(event)) tell(told);
  };
  const tell: Emit = (event) => {
    const problem = journal.add(event);
    if (problem) {
      request.emit({ type: 'warning', message: `this run has no journal: ${problem}` });
    }
    request.emit(event);
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
    return count.finish(await run(plan, { capacities, keepGoing, forced }, context));
  } finally {
    journal.close();
    executor.close();
  }
}
