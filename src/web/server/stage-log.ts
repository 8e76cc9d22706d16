/** What a stage said in its last attempt: in a run that is followed, else in the newest that tried it. */
import {
  describeFailure,
  type Layout,
  lastAttempts,
  lastSaid,
  runIds,
  type StageId,
} from '../../runner/index.ts';
import type { LogPiece } from '../messages.ts';
import type { Board } from './board.ts';
import type { RunStory, Told } from './run-story.ts';

/** Each further one is a journal to be read. */
const MOST_RUNS = 100;

/** The page shows only the end of a log that is over. */
const MOST_LINES = 5_000;
const MOST_BYTES = 1 << 20;

/** `from` is the number of lines that the asker has of this attempt already. */
export function logOf(id: StageId, from: number, board: Board, layout: Layout): LogPiece {
  const found = board.told(id);
  if (found && found.told.state !== 'cached' && found.told.state !== 'skipped') {
    return ofStory(found.told, found.story, from);
  }
  const attempt = lastAttempts(layout, id, runIds(layout).slice(0, MOST_RUNS)).at(-1);
  if (!attempt) return { state: 'none', failure: [], from: 0, lines: [] };
  const { run, number, state, seconds, failure } = attempt;
  // It is over: a page that has lines of it has all that are shown.
  const end = from > 0 ? { lines: [], more: false } : lastSaid(attempt, MOST_LINES, MOST_BYTES);
  return {
    run,
    attempt: number,
    state,
    ...(seconds !== undefined && { seconds }),
    failure: failure ? describeFailure(failure) : [],
    from,
    lines: end.lines,
    ...(end.more && { cut: true }),
  };
}

function ofStory(told: Told, story: RunStory, from: number): LogPiece {
  const first = Math.max(from, told.dropped);
  const over = story.live ? 'unfinished' : story.finished?.interrupted ? 'stopped' : 'unfinished';
  const state = told.state === 'done' ? 'finished' : told.state === 'failed' ? 'failed' : over;
  return {
    run: story.run,
    attempt: told.attempt,
    state,
    ...(told.seconds !== undefined && { seconds: told.seconds }),
    failure: told.failure ? describeFailure(told.failure) : [],
    from: first,
    lines: told.lines.slice(first - told.dropped),
  };
}
