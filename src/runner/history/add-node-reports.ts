/**
 * The reports of the nodes of a cluster about attempts. A run copies them into its journal, but its
 * jobs may continue after it has ended.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { unlessAbsent } from '../../base/system-error.ts';
import { journalOf } from '../execution/journal.ts';
import { NodeReports } from '../execution/slurm/node-reports.ts';
import type { Layout } from '../store/layout.ts';
import type { OpenAttempt } from './attempt.ts';

/** Adds to the attempts of the journal. An attempt is known by its log. */
export function addNodeReports(
  attempts: OpenAttempt[],
  layout: Layout,
  run: string,
  named: (stage: string) => boolean,
): void {
  const journal = journalOf(layout, run);
  const byLog = new Map(attempts.map((attempt) => [attempt.said.log, attempt]));
  const countOf = (stage: string): number =>
    attempts.filter((attempt) => attempt.stage === stage).length;
  for (const { lines } of new NodeReports(layout, run).read()) {
    /** By the position of the order in the bundle. */
    const current = new Map<number, OpenAttempt>();
    for (const line of lines) {
      if (line.kind === 'event' && line.event.type === 'stage-started') {
        const { stage, key, resumed, reasons, log: name } = line.event;
        if (!named(stage)) continue;
        const log = join(layout.run(run), name);
        let attempt = byLog.get(log);
        if (!attempt) {
          const from = unlessAbsent(() => statSync(journal).size) ?? 0;
          const said = { log, journal, from };
          const number = countOf(stage) + 1;
          const state = 'unfinished';
          attempt = { run, stage, number, key, resumed, reasons, state, said };
          attempts.push(attempt);
          byLog.set(log, attempt);
        }
        // The run may have been stopped, but the job was not.
        if (attempt.state === 'stopped') attempt.state = 'unfinished';
        current.set(line.at, attempt);
      } else if (line.kind === 'event' && line.event.type === 'stage-finished') {
        const attempt = current.get(line.at);
        if (attempt) Object.assign(attempt, { state: 'finished', seconds: line.event.seconds });
      } else if (line.kind === 'end' && !line.result.ok) {
        const attempt = current.get(line.at);
        // The run may know better why it failed.
        if (attempt?.state !== 'unfinished') continue;
        const failure = line.result.error;
        if (failure.kind === 'stopped') attempt.state = 'stopped';
        else Object.assign(attempt, { state: 'failed', failure });
      }
    }
  }
}
