/** Compares two runs: the stages and metrics that differ. */
import { fail, ok, type Result } from '../../base/result.ts';
import {
  compareRuns,
  type Layout,
  type Prepared,
  readRun,
  runIds,
  snapshotsOfRun,
  summarize,
} from '../../runner/index.ts';
import type { ComparedStage, ComparisonAnswer } from '../answers.ts';

export function compare(
  layout: Layout,
  before: string,
  after: string,
  { plan, planContext }: Prepared,
): Result<ComparisonAnswer, string> {
  const ids = runIds(layout);
  const snapshotsOf = (run: string) => snapshotsOfRun(readRun(layout, run), planContext);
  const summaries = [before, after].map((id) =>
    ids.includes(id) ? summarize(layout, id) : undefined,
  );
  const [old, now] = summaries;
  if (!old || !now) return fail(`no run "${old ? after : before}"`);
  const [first, second] = [snapshotsOf(old.run), snapshotsOf(now.run)];
  const all = compareRuns(first, second, plan, planContext, false);
  const stages = all.flatMap(({ states: _states, kind, ...rest }): ComparedStage[] =>
    kind === 'same' ? [] : [{ kind, ...rest }],
  );
  return ok({ before: old, after: now, same: all.length - stages.length, stages });
}
