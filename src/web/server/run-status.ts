/** The state of a run, for the header of the page. */
import { statSync } from 'node:fs';
import { journalOf, type Layout } from '../../runner/index.ts';
import type { RunStatus } from '../messages.ts';
import type { RunStory } from './run-story.ts';

/** Undefined until the run has reported its start. */
export function statusOf(story: RunStory, layout: Layout, now: number): RunStatus | undefined {
  const { run, own, started, finished, live, left } = story;
  if (!started) return undefined;
  const { name, selection, plan, time } = started;
  const secondsLeft = live ? left?.seconds() : undefined;
  // A killed run ended at the last line of its journal.
  const end = live ? now : lastWrite(layout, run, now);
  return {
    run,
    ...(name !== undefined && { name }),
    ...(selection && { selection }),
    state: live ? 'running' : stateOf(story),
    own,
    seconds: (!live && finished?.seconds) || Math.max(0, (end - Date.parse(time)) / 1000),
    ...(secondsLeft !== undefined && { secondsLeft }),
    ...story.counts(),
    stages: plan.run + plan.pending + plan.hit,
    failures: story.failures,
    warnings: story.warnings,
  };
}

function stateOf({ finished }: RunStory): RunStatus['state'] {
  if (!finished) return 'unfinished';
  return finished.interrupted ? 'interrupted' : finished.failed > 0 ? 'failed' : 'done';
}

function lastWrite(layout: Layout, run: string, now: number): number {
  return statSync(journalOf(layout, run), { throwIfNoEntry: false })?.mtimeMs ?? now;
}
