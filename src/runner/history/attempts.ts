/** What stages said and how they ended, attempt by attempt, from the journal of a run. */
import type { Event } from '../execution/event.ts';
import type { Failure } from '../execution/failure.ts';
import type { Reason } from '../execution/reason.ts';
import { matches, parseSelector } from '../graph/selector.ts';
import type { Layout } from '../store/layout.ts';
import { readRun, runIds, summarize } from './run-journal.ts';

export interface Attempt {
  readonly run: string;
  readonly stage: string;
  /** From 1 up, in this run. */
  readonly number: number;
  readonly reasons: readonly Reason[];
  readonly lines: readonly string[];
  /** `unfinished`: its run was killed, or still goes on. */
  readonly state: 'finished' | 'failed' | 'stopped' | 'unfinished';
  readonly seconds?: number;
  readonly failure?: Failure;
}

/** The attempts of the newest run that tried a stage which `text` names; none where no run did. */
export function lastAttempts(
  layout: Layout,
  text: string,
  runs: readonly string[] = runIds(layout),
): readonly Attempt[] {
  const named = namedBy(text);
  for (const run of runs) {
    const summary = summarize(layout, run);
    const idle = summary?.state === 'done' && summary.executed === 0;
    const found = idle ? [] : attemptsOf(run, readRun(layout, run) ?? [], named);
    if (found.length > 0) return found;
  }
  return [];
}

/** In the order in which they began. */
export function attemptsOf(
  run: string,
  events: readonly Event[],
  named: (stage: string) => boolean,
): readonly Attempt[] {
  const attempts: Attempt[] = [];
  /** Stage -> where its newest attempt stands. */
  const at = new Map<string, number>();
  const change = (stage: string, more: (before: Attempt) => Partial<Attempt>): void => {
    const index = at.get(stage);
    if (index !== undefined) attempts[index] = { ...attempts[index]!, ...more(attempts[index]!) };
  };
  for (const event of events) {
    if (event.type === 'run-finished' && event.interrupted) {
      for (const stage of at.keys()) {
        change(stage, ({ state }) => (state === 'unfinished' ? { state: 'stopped' } : {}));
      }
    }
    if (!('stage' in event) || !named(event.stage)) continue;
    const { stage } = event;
    if (event.type === 'stage-started') {
      const number = attempts.filter((attempt) => attempt.stage === stage).length + 1;
      const { reasons } = event;
      at.set(stage, attempts.length);
      attempts.push({ run, stage, number, reasons, lines: [], state: 'unfinished' });
    } else if (event.type === 'stage-log') {
      const { message } = event;
      change(stage, ({ lines }) => ({ lines: [...lines, ...message.split('\n')] }));
    } else if (event.type === 'stage-finished') {
      const { seconds } = event;
      change(stage, () => ({ state: 'finished', seconds }));
    } else if ('failure' in event) {
      // Also of an attempt that is to be made again.
      const { failure } = event;
      change(stage, () => ({ state: 'failed', failure }));
    }
  }
  return attempts;
}

/** By name and axes as far as they are given; the pipeline of that time is not needed. */
function namedBy(text: string): (stage: string) => boolean {
  const selector = parseSelector(text);
  return (stage) => {
    if (stage === text) return true;
    const own = parseSelector(stage);
    return own?.name === selector?.name && own !== undefined && matches(selector!, own.filter);
  };
}
