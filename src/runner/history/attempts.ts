/** The attempts of stages and their outcomes, read from the journal of a run. */

import { join } from 'node:path';
import { addTo } from '../../base/add-to.ts';
import { journalOf } from '../execution/journal.ts';
import { matches, parseSelector } from '../graph/selector.ts';
import type { Layout } from '../store/layout.ts';
import { addNodeReports } from './add-node-reports.ts';
import type { Attempt, OpenAttempt } from './attempt.ts';
import { journalEvents } from './journal-events.ts';
import { runIds, summarize } from './run-journal.ts';

/** The attempts of the newest run that tried a stage named by `text`. Empty if there is no such run. */
export function lastAttempts(
  layout: Layout,
  text: string,
  runs: readonly string[] = runIds(layout),
): readonly Attempt[] {
  const named = namedBy(text);
  for (const run of runs) {
    const summary = summarize(layout, run);
    const idle = summary?.state === 'done' && summary.executed === 0;
    const found = idle ? [] : attemptsOf(layout, run, named);
    if (found.length > 0) return found;
  }
  return [];
}

/** The attempts in the order in which they began. */
function attemptsOf(
  layout: Layout,
  run: string,
  named: (stage: string) => boolean,
): readonly Attempt[] {
  const journal = journalOf(layout, run);
  const attempts: OpenAttempt[] = [];
  /** Stage -> its newest attempt. */
  const newest = new Map<string, OpenAttempt>();
  for (const { event, at } of journalEvents(journal)) {
    if (event.type === 'run-finished' && event.interrupted) {
      for (const attempt of newest.values()) {
        if (attempt.state === 'unfinished') attempt.state = 'stopped';
      }
    }
    if (!('stage' in event) || !named(event.stage)) continue;
    const { stage } = event;
    const attempt = newest.get(stage);
    if (event.type === 'stage-started') {
      // Old journals do not have this field.
      const log = event.log as string | undefined;
      const begun: OpenAttempt = {
        run,
        stage,
        number: (attempt?.number ?? 0) + 1,
        key: event.key,
        resumed: event.resumed,
        reasons: event.reasons,
        state: 'unfinished',
        said: { log: log && join(layout.run(run), log), journal, from: at },
      };
      newest.set(stage, begun);
      attempts.push(begun);
    } else if (attempt && event.type === 'stage-finished') {
      attempt.state = 'finished';
      attempt.seconds = event.seconds;
    } else if (attempt && 'failure' in event) {
      // This includes attempts that will be retried.
      attempt.state = 'failed';
      attempt.failure = event.failure;
    }
  }
  addNodeReports(attempts, layout, run, named);
  return attempts;
}

/** The attempts of past runs by stage. Reads each journal once, so it is for one command or one answer. */
export class PastAttempts {
  /** Newest first. */
  readonly runs: readonly string[];
  private readonly layout: Layout;
  private readonly byRun = new Map<string, ReadonlyMap<string, readonly Attempt[]>>();

  constructor(layout: Layout) {
    this.layout = layout;
    this.runs = runIds(layout);
  }

  of(run: string, stage: string): readonly Attempt[] {
    const known = this.byRun.get(run) ?? this.read(run);
    return known.get(stage) ?? [];
  }

  private read(run: string): ReadonlyMap<string, readonly Attempt[]> {
    const byStage = new Map<string, Attempt[]>();
    for (const attempt of attemptsOf(this.layout, run, () => true)) {
      addTo(byStage, attempt.stage, attempt);
    }
    this.byRun.set(run, byStage);
    return byStage;
  }
}

/** Matches by name and by the given axes, so that the pipeline of that run is not needed. */
function namedBy(text: string): (stage: string) => boolean {
  const selector = parseSelector(text);
  return (stage) => {
    if (stage === text) return true;
    const own = parseSelector(stage);
    return own?.name === selector?.name && own !== undefined && matches(selector!, own.filter);
  };
}
