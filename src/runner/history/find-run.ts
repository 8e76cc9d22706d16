/** Finds a run by its id, the beginning of its id, its name, or `latest`. */
import { fail, ok, type Result } from '../../base/result.ts';
import { didYouMean } from '../document/suggest.ts';
import type { Layout } from '../store/layout.ts';
import { runIds, summarize } from './run-journal.ts';

export function findRun(layout: Layout, text: string): Result<string, string> {
  const ids = runIds(layout);
  if (ids.length === 0) return fail('there are no runs yet');
  if (ids.includes(text)) return ok(text);
  const back = LATEST.exec(text);
  if (back) {
    const steps = Number(back[1] ?? 0);
    const run = ids.filter((id) => summarize(layout, id) !== undefined)[steps];
    return run ? ok(run) : fail(`there are fewer than ${steps + 1} runs`);
  }
  const summaries = ids.flatMap((id) => summarize(layout, id) ?? []);
  // The ids are sorted from newest to oldest, so this finds the newest run with this name.
  const named = summaries.find((summary) => summary.name === text);
  if (named) return ok(named.run);
  const [first, ...others] = ids.filter((id) => id.startsWith(text));
  if (first && others.length === 0) return ok(first);
  if (first) return fail(`the ids of ${others.length + 1} runs begin with "${text}"`);
  const known = [...summaries.flatMap((summary) => summary.name ?? []), ...ids, 'latest'];
  return fail(`no run "${text}"${didYouMean(text, known)}; "pipeline runs" lists all runs`);
}

/** `latest~2` is the second run before the newest. */
const LATEST = /^latest(?:~(\d+))?$/;
