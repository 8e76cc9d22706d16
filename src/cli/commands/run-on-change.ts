/** `pipeline run --watch`: again after each change of a file that the pipeline is made of. */
import { newRunId } from '../../runner/index.ts';
import { exitCodes, type Host } from '../host.ts';
import { visible } from '../render/text.ts';
import { openAndPrepare } from '../selection-options.ts';
import { nextChange } from '../watch.ts';
import { watchedBy } from '../watched-files.ts';
import { runInFull } from './run-in-full.ts';
import { forcedBy, type RunCommandOptions } from './run-options.ts';

/** Until Ctrl-C. A change that comes while a run goes on is taken up after it. */
export async function runOnChange(
  host: Host,
  targets: readonly string[],
  options: RunCommandOptions,
): Promise<number> {
  for (let asked = options; ; asked = { ...options, force: [] }) {
    const absent: string[] = [];
    const onAbsent = (path: string): void => void absent.push(path);
    const opened = await openAndPrepare(host, asked, targets, forcedBy(asked), onAbsent);
    const watched = watchedBy(host, opened.ok ? opened.value : undefined, absent);
    const change = nextChange(watched, host.signal);
    if (opened.ok) {
      const run = newRunId(opened.value.project.layout, new Date(host.now()), host.random());
      await runInFull(host, targets, asked, opened, { run, executor: host.makeExecutor() });
    }
    if (!host.signal.aborted) host.stderr.write('waiting for a change; Ctrl-C ends it\n');
    const changed = await change;
    if (changed === undefined) return exitCodes.done;
    host.stderr.write(`\n${visible(changed)} has changed\n`);
    // The program is another one now: the launcher builds it and begins again.
    if (host.ownSources !== undefined && changed.startsWith(host.ownSources)) {
      host.beginAgain();
      return exitCodes.done;
    }
  }
}
