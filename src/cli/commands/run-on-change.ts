/** `pipeline run --watch`: runs again after each change of a file that the pipeline uses. */
import { fail, ok, type Result } from '../../base/result.ts';
import { type BadInput, newRunId, type Prepared, type Profile } from '../../runner/index.ts';
import { exitCodes, type Host } from '../host.ts';
import { chosenProfile, profileFiles, withProfile } from '../profile-options.ts';
import { visible } from '../render/text.ts';
import {
  type Opened,
  prepareOpened,
  projectOptionsOf,
  reportBadInput,
  selectionOf,
} from '../selection-options.ts';
import { nextChange, type Watched } from '../watch.ts';
import { watchedBy } from '../watched-files.ts';
import { runOnce } from './run-once.ts';
import { forcedBy, type RunCommandOptions } from './run-options.ts';

/** Repeats until Ctrl-C. A change during a run starts another run after it. */
export async function runOnChange(
  host: Host,
  targets: readonly string[],
  options: RunCommandOptions,
): Promise<number> {
  for (let asked = options; ; asked = { ...options, force: [] }) {
    const { opened, watched, profile } = await openWatched(host, asked, targets);
    const change = nextChange(watched, host.signal);
    if (opened.ok) {
      const run = newRunId(opened.value.project.layout, new Date(host.now()), host.random());
      const executor = host.makeExecutor(profile !== undefined);
      await runOnce(host, targets, asked, opened.value, { run, executor, profile });
    }
    if (!host.signal.aborted) host.stderr.write('waiting for changes; press Ctrl-C to stop\n');
    const changed = await change;
    if (changed === undefined) return exitCodes.done;
    host.stderr.write(`\n${visible(changed)} changed\n`);
    // The program's sources changed, so the launcher builds it and starts this command again.
    if (host.ownSources !== undefined && changed.startsWith(host.ownSources)) {
      host.beginAgain();
      return exitCodes.done;
    }
  }
}

interface WatchedPlan {
  readonly opened: Result<Opened, number>;
  readonly watched: Watched;
  readonly profile?: Profile | undefined;
}

/** The plan, and the files that it was made from. If planning fails, the files that it read so far. */
async function openWatched(
  host: Host,
  options: RunCommandOptions,
  targets: readonly string[],
): Promise<WatchedPlan> {
  const opened = await host.openProject(projectOptionsOf(options));
  if (!opened.ok) {
    return {
      opened: fail(reportBadInput(host, opened.error)),
      watched: watchedBy(host, '', opened.error),
    };
  }
  const { root } = opened.value.project;
  const profiles = await profileFiles(opened.value, options);
  let watched: Watched = { paths: [] };
  const onRead = (read: Prepared | BadInput): void => {
    const { paths, ...rest } = watchedBy(host, root, read);
    watched = { ...rest, paths: [...paths, ...profiles] };
  };
  const selection = selectionOf(options, targets, forcedBy(options));
  const prepared = await prepareOpened(host, opened.value, selection, { onRead, runsAtOnce: true });
  if (!prepared.ok) return { opened: prepared, watched };
  const found = await chosenProfile(host, opened.value, options);
  if (!found.ok) return { opened: found, watched };
  const shown = await withProfile(prepared.value, found.value, targets);
  return { opened: ok(shown), watched, profile: found.value?.profile };
}
