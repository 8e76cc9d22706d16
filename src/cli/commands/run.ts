/**
 * `pipeline run [TARGET...]`: brings targets up to date, once or after each change.
 *
 * Here is what a run with nothing to do takes; all else is loaded where there may be something to do.
 */
import { findStanding, finishIdle, newRunId, type Standing } from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host, type OpenSite } from '../host.ts';
import { positive } from '../numbers.ts';
import { chooseRenderer } from '../render/choose.ts';
import {
  addSelectionOptions,
  addSubstituteOptions,
  prepareOpened,
  selectionOf,
  tell,
} from '../selection-options.ts';
import { forcedBy, type RunCommandOptions, runSelectionOf } from './run-options.ts';

export const addRun: AddCommand = (program, host, finish) => {
  const command = program.command('run').description('bring targets (all, if none) up to date');
  addSubstituteOptions(addSelectionOptions(command, host))
    .argument('[target...]', 'stages: NAME or NAME[axis=value,...]')
    .option('-j, --jobs <n>', 'stages that compute at once (default: cores)', positive)
    .option('--gpus <names>', 'GPUs to give to stages, such as 0,1 (default: all)', names)
    .option('-n, --dry-run', 'say what would run, and run nothing')
    .option('--force [stage...]', 'run these stages (all, if none) although they are up to date')
    .option('-k, --keep-going', 'after a failure, go on with what does not depend on it')
    .option('--name <name>', 'a name for this run, to find it again')
    .option('-w, --watch', 'go on after each change of a file that the pipeline is made of')
    .option('--json', 'one event a line on standard output')
    .option('-q, --quiet', 'say only what failed')
    .action(async (targets: string[], options: RunCommandOptions) => {
      finish(await runCommand(host, targets, options));
    });
};

async function runCommand(
  host: Host,
  targets: readonly string[],
  options: RunCommandOptions,
): Promise<number> {
  if (options.watch && !options.dryRun) {
    const { runOnChange } = await import('./run-on-change.ts');
    return runOnChange(host, targets, options);
  }
  const opened = await host.openSite({ file: options.file, backend: options.backend });
  if (!opened.ok) return tell(host, opened.error);
  const selection = selectionOf(options, targets, forcedBy(options));
  const started = host.now();
  const run = newRunId(opened.value.site.layout, new Date(started), host.random());
  // The signal of the host is not used yet: its first use replaces the default action of Ctrl-C. Planning
  // has nothing to clean up, and while it plans a million stages it could not react for minutes.
  const onlyLooks = options.dryRun ?? false;
  const standing = onlyLooks ? undefined : findStanding(opened.value.site, selection, run);
  if (standing?.open.size === 0) {
    return nothingToDo(host, targets, options, { ...opened.value, run, started, standing });
  }
  const executor = host.makeExecutor();
  // Most often something is to do: its process starts while that is found out.
  if (!onlyLooks) executor.prepare?.();
  try {
    const { runInFull } = await import('./run-in-full.ts');
    const prepared = await prepareOpened(host, await opened.value.whole(), selection, standing);
    return await runInFull(host, targets, options, prepared, { run, executor });
  } finally {
    executor.close();
    standing?.release();
  }
}

interface Idle extends OpenSite {
  readonly run: string;
  readonly started: number;
  readonly standing: Standing;
}

async function nothingToDo(
  host: Host,
  targets: readonly string[],
  options: RunCommandOptions,
  { site, notes, artifacts, run, started, standing }: Idle,
): Promise<number> {
  const jobs = options.jobs ?? host.cores;
  const renderer = chooseRenderer(host, options, {
    counts: { run: 0, pending: 0, hit: standing.count },
    toRun: () => [],
    ends: () => standing.note.ends,
    notes,
    artifacts,
    folder: site.layout.run(run),
    past: () => new Map(),
    jobs,
  });
  try {
    finishIdle(site, standing, {
      run,
      started,
      ...(options.name !== undefined && { name: options.name }),
      selection: runSelectionOf(options, targets),
      jobs,
      emit: (event) => renderer.show(event),
      onLines: (lines) => renderer.showLines?.(lines),
      now: host.now,
    });
    return exitCodes.done;
  } finally {
    await renderer.close();
  }
}

function names(text: string): readonly string[] {
  return text.split(',').filter((name) => name.trim() !== '');
}
