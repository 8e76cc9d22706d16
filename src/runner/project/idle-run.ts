/**
 * A run with nothing to do: all stages stand, and it is over without a pipeline being read.
 *
 * It tells what a run tells that decides stage by stage, in the same order.
 */
import type { RunFinished } from '../execution/event.ts';
import type { Site } from './project.ts';
import type { Standing } from './standing.ts';
import { type Asked, Telling } from './telling.ts';

export interface IdleRequest extends Asked {
  readonly jobs: number;
  /** When it began, in milliseconds since the epoch. */
  readonly started: number;
  /** The events of all stages at once, a line of JSON each; `emit` is told of the others. */
  readonly onLines: (lines: string) => void;
}

/** Tells of it, and ends it. */
export function finishIdle(
  { layout, facts }: Pick<Site, 'layout' | 'facts'>,
  { count, lines, release }: Pick<Standing, 'count' | 'lines' | 'release'>,
  request: IdleRequest,
): RunFinished {
  const { run, jobs, started, now, onLines } = request;
  const telling = new Telling(layout, request);
  try {
    const plan = { run: 0, pending: 0, hit: count };
    const time = new Date(started).toISOString();
    telling.tell({ type: 'run-started', run, time, plan, jobs, facts });
    telling.noteLines(lines);
    onLines(lines);
    const finished: RunFinished = {
      type: 'run-finished',
      run,
      executed: 0,
      cached: count,
      failed: 0,
      skipped: 0,
      remaining: 0,
      seconds: (now() - started) / 1000,
      interrupted: false,
    };
    telling.tell(finished);
    return finished;
  } finally {
    telling.close();
    release();
  }
}
