/** The log of a stage's last attempt: from a run that is followed, else from the newest run that tried it. */
import {
  describeFailure,
  type Layout,
  lastAttempts,
  lastSaid,
  runIds,
  type StageId,
} from '../../runner/index.ts';
import type { LogPiece } from '../answers.ts';
import type { Board } from './board.ts';
import type { Reported, RunStory } from './run-story.ts';

/** For each further run a journal is read. */
const MOST_RUNS = 100;

/** The page shows only the end of a finished log. */
const MOST_LINES = 5_000;
const MOST_BYTES = 1 << 20;

/** `from` is the number of lines of this attempt that the page already has. */
export function logOf(id: StageId, from: number, board: Board, layout: Layout): LogPiece {
  const found = board.reported(id);
  if (found && found.reported.state !== 'cached' && found.reported.state !== 'skipped') {
    return ofStory(found.reported, found.story, from);
  }
  const attempt = lastAttempts(layout, id, runIds(layout).slice(0, MOST_RUNS)).at(-1);
  if (!attempt) return { state: 'none', failure: [], from: 0, lines: [] };
  const { run, number, state, seconds, failure } = attempt;
  // The attempt has ended. A page that has lines of it has all that are shown.
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

function ofStory(reported: Reported, story: RunStory, from: number): LogPiece {
  const first = Math.max(from, reported.dropped);
  const over = story.live ? 'unfinished' : story.finished?.interrupted ? 'stopped' : 'unfinished';
  const state =
    reported.state === 'done' ? 'finished' : reported.state === 'failed' ? 'failed' : over;
  return {
    run: story.run,
    attempt: reported.attempt,
    state,
    ...(reported.seconds !== undefined && { seconds: reported.seconds }),
    failure: reported.failure ? describeFailure(reported.failure) : [],
    from: first,
    lines: reported.lines.slice(first - reported.dropped),
  };
}
