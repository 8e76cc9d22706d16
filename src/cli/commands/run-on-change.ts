/** `pipeline run --watch`: again after each change of a file that the pipeline is made of. */
import { join } from 'node:path';
import { newRunId } from '../../runner/execution/journal.ts';
import type { Result } from '../../runner/result.ts';
import { exitCodes, type Host } from '../host.ts';
import { type Opened, openAndPrepare } from '../selection-options.ts';
import { nextChange, type Watched } from '../watch.ts';
import { runInFull } from './run-in-full.ts';
import { forcedBy, type RunCommandOptions } from './run-options.ts';

/** Until Ctrl-C. A change that comes while a run goes on is taken up after it. */
export async function runOnChange(
  host: Host,
  targets: readonly string[],
  options: RunCommandOptions,
): Promise<number> {
  for (let asked = options; ; asked = { ...options, force: [] }) {
    const opened = await openAndPrepare(host, asked, targets, forcedBy(asked));
    const change = nextChange(watchedBy(host, opened), host.signal);
    const run = newRunId(new Date(host.now()), host.random());
    await runInFull(host, targets, asked, opened, run);
    if (!host.signal.aborted) host.stderr.write('waiting for a change; Ctrl-C ends it\n');
    const changed = await change;
    if (changed === undefined) return exitCodes.done;
    host.stderr.write(`\n${changed} has changed\n`);
    // The program is another one now: the launcher builds it and begins again.
    if (host.ownSources !== undefined && changed.startsWith(host.ownSources)) {
      host.beginAgain();
      return exitCodes.done;
    }
  }
}

/** All that was read, also where it could not be understood; and what the stages read. */
function watchedBy(host: Host, opened: Result<Opened, number>): Watched {
  const paths = new Set(host.filesRead);
  const stamps = new Map<string, string>();
  if (host.ownSources !== undefined) paths.add(host.ownSources);
  if (opened.ok) {
    const { project, prepared } = opened.value;
    for (const { files } of prepared.plan.pipeline.stages) {
      for (const { path } of files.values()) {
        paths.add(join(project.root, path));
        const found = prepared.knowledge.files.get(path);
        if (!found.ok) continue;
        for (const { path: file, stamp } of found.value.sources.values()) stamps.set(file, stamp);
      }
    }
  }
  return { paths: [...paths], stamps };
}
