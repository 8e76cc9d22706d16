/** `pipeline run [TARGET...]`: brings targets up to date, once or after each change. */
import { newRunId } from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import type { Host } from '../host.ts';
import { positive } from '../numbers.ts';
import {
  addSelectionOptions,
  addSubstituteOptions,
  prepareOpened,
  selectionOf,
  tell,
} from '../selection-options.ts';
import { runOnce } from './run-once.ts';
import { forcedBy, type RunCommandOptions } from './run-options.ts';

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
  const opened = await host.openProject({ file: options.file, backend: options.backend });
  if (!opened.ok) return tell(host, opened.error);
  const run = newRunId(opened.value.project.layout, new Date(host.now()), host.random());
  const executor = host.makeExecutor();
  try {
    // The signal of the host is not used yet: its first use replaces the default action of Ctrl-C. Planning
    // has nothing to clean up, and while it plans a million stages it could not react for minutes.
    const selection = selectionOf(options, targets, forcedBy(options));
    // Most often something is to run then: its process starts while that is found out.
    const onDecide = (): void => executor.prepare?.();
    const running = options.dryRun ? {} : { onDecide, runsAtOnce: true };
    const prepared = await prepareOpened(host, opened.value, selection, running);
    if (!prepared.ok) return prepared.error;
    return await runOnce(host, targets, options, prepared.value, { run, executor });
  } finally {
    executor.close();
  }
}

function names(text: string): readonly string[] {
  return text.split(',').filter((name) => name.trim() !== '');
}
