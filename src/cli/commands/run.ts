/** `pipeline run [TARGET...]`: brings targets up to date, once or after each change. */
import { existsSync } from 'node:fs';
import { Option } from 'commander';
import { FETCHING, type Fetching, journalOf, type Layout, newRunId } from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import type { Host } from '../host.ts';
import { positive } from '../numbers.ts';
import { addProfileOptions, chosenProfile, withProfile } from '../profile-options.ts';
import { visible } from '../render/text.ts';
import {
  addCacheOption,
  addSelectionOptions,
  addSubstituteOptions,
  prepareOpened,
  projectOptionsOf,
  reportBadInput,
  reportErrors,
  selectionOf,
} from '../selection-options.ts';
import { runOnce } from './run-once.ts';
import { forcedBy, gpuWarning, type RunCommandOptions } from './run-options.ts';

export const addRun: AddCommand = (program, host, finish) => {
  const command = program.command('run').description('bring targets (default: all) up to date');
  addSelectionOptions(command, host);
  addSubstituteOptions(addCacheOption(command, ['off', 'read', 'write']));
  addProfileOptions(command)
    .argument('[target...]', 'stages: NAME or NAME[axis=value,...]')
    .option('-j, --jobs <n>', 'stages to run in parallel (default: number of cores)', positive)
    .option('--gpus <names>', 'GPUs that stages may use, such as 0,1 (default: all)', names)
    .option('-n, --dry-run', 'show what would run, and run nothing')
    .option('--force [stage...]', 'run these stages (default: all) even if they are up to date')
    .addOption(
      new Option(
        '--fetch <which>',
        'which results to copy from the remote cache, besides inputs of stages that run',
      )
        .choices(FETCHING)
        .default('all' satisfies Fetching),
    )
    .option('-k, --keep-going', 'after a failure, continue with stages that do not depend on it')
    .option('--name <name>', 'a name for this run; gc keeps the results of named runs')
    .option('-w, --watch', 'run again after each change of a file that the pipeline uses')
    .option('--long', 'report each instance of a stage, no matter how many there are')
    .addOption(
      new Option('--detach', 'make the run a job of the cluster, and do not wait for it').conflicts(
        ['watch', 'dryRun', 'json', 'quiet'],
      ),
    )
    .addOption(new Option('--as-run <run>').hideHelp())
    .option('--json', 'print one JSON event per line')
    .option('-q, --quiet', 'print only failures')
    .action(async (targets: string[], options: RunCommandOptions) => {
      finish(await runCommand(host, targets, options));
    });
};

async function runCommand(
  host: Host,
  targets: readonly string[],
  options: RunCommandOptions,
): Promise<number> {
  const warning = gpuWarning(options, host);
  if (warning !== undefined) host.stderr.write(`${visible(warning)}\n`);
  if (options.watch && !options.dryRun) {
    const { runOnChange } = await import('./run-on-change.ts');
    return runOnChange(host, targets, options);
  }
  const opened = await host.openProject(projectOptionsOf(options));
  if (!opened.ok) return reportBadInput(host, opened.error);
  const found = await chosenProfile(host, opened.value, options);
  if (!found.ok) return found.error;
  const profile = found.value?.profile;
  if (options.detach && !profile) {
    return reportErrors(host, '--detach needs a cluster: name one with --profile or --executor');
  }
  const { layout } = opened.value.project;
  const run = runIdFor(options, layout) ?? newRunId(layout, new Date(host.now()), host.random());
  const executor = host.makeExecutor(profile !== undefined);
  try {
    // The host's signal is not used yet, because its first use replaces the default action of Ctrl-C. Planning
    // has nothing to clean up, and could not react for minutes while it plans a million stages.
    const selection = selectionOf(options, targets, forcedBy(options));
    // Usually some stage will run, so its process starts while the plan is made.
    const onDecide = (): void => executor.prepare?.();
    const running = options.dryRun || options.detach ? {} : { onDecide, runsAtOnce: true };
    const prepared = await prepareOpened(host, opened.value, selection, running);
    if (!prepared.ok) return prepared.error;
    const shown = await withProfile(prepared.value, found.value, targets);
    if (options.detach && profile) {
      const { runDetached } = await import('./run-detached.ts');
      return await runDetached(host, options, shown, run, profile);
    }
    return await runOnce(host, targets, options, shown, { run, executor, profile });
  } finally {
    executor.close();
  }
}

/** If Slurm starts a detached run again, the run is a new one. */
function runIdFor({ asRun }: RunCommandOptions, layout: Layout): string | undefined {
  return asRun !== undefined && !existsSync(journalOf(layout, asRun)) ? asRun : undefined;
}

function names(text: string): readonly string[] {
  return text.split(',').filter((name) => name.trim() !== '');
}
