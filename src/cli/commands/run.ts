/** `pipeline run [TARGET...]`: brings targets up to date. */
import { InvalidArgumentError } from 'commander';
import { execute, type Prepared, type Project } from '../../runner/engine.ts';
import type { RunFinished } from '../../runner/execution/event.ts';
import { newRunId } from '../../runner/execution/journal.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { chooseRenderer } from '../render/choose.ts';
import {
  addSelectionOptions,
  addStandInOptions,
  openAndPrepare,
  type SelectionOptions,
} from '../selection-options.ts';
import { showPlan } from './plan.ts';

interface RunCommandOptions extends SelectionOptions {
  readonly jobs?: number;
  readonly dryRun?: boolean;
  readonly force?: true | string[];
  readonly keepGoing?: boolean;
  readonly gpus?: readonly string[];
  readonly name?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export const addRun: AddCommand = (program, host, finish) => {
  const command = program.command('run').description('bring targets (all, if none) up to date');
  addStandInOptions(addSelectionOptions(command, host))
    .argument('[target...]', 'stages: NAME or NAME[axis=value,...]')
    .option('-j, --jobs <n>', 'stages that compute at once (default: cores)', positive)
    .option('--gpus <names>', 'GPUs to give to stages, such as 0,1 (default: all)', names)
    .option('-n, --dry-run', 'say what would run, and run nothing')
    .option('--force [stage...]', 'run these stages (all, if none) although they are up to date')
    .option('-k, --keep-going', 'after a failure, go on with what does not depend on it')
    .option('--name <name>', 'a name for this run, to find it again')
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
  const forced = options.force === true ? 'all' : (options.force ?? []);
  const opened = await openAndPrepare(host, options, targets, forced);
  if (!opened.ok) return opened.error;
  const { project, prepared, notes, artifacts } = opened.value;
  if (options.dryRun) return showPlan(host, prepared, notes, options);
  const run = newRunId(new Date(host.now()), host.random());
  const folder = project.layout.run(run);
  const renderer = chooseRenderer(host, options, { plan: prepared.plan, notes, artifacts, folder });
  const jobs = options.jobs ?? host.cores;
  try {
    const finished = await execute(project, prepared, {
      run,
      ...(options.name !== undefined && { name: options.name }),
      selection: { configs: options.config, settings: options.set, targets },
      capacities: {
        cpu: jobs,
        network: 4,
        memory: host.memory,
        gpus: options.gpus ?? (wantsGpu(prepared, project) ? host.gpus() : []),
      },
      keepGoing: options.keepGoing ?? false,
      executor: host.makeExecutor(),
      signal: host.signal,
      emit: (event) => renderer.show(event),
      now: host.now,
    });
    return exitCodeOf(finished);
  } finally {
    await renderer.close();
  }
}

/** To ask the driver takes a process: it is done only where somebody needs the answer. */
function wantsGpu({ plan }: Prepared, { facts }: Project): boolean {
  return plan.pipeline.stages.some(
    ({ type, handling }) => (handling.resources ?? type.resources?.(facts))?.gpu,
  );
}

function exitCodeOf({ failed, interrupted, standIns }: RunFinished): number {
  if (interrupted) return exitCodes.interrupted;
  const unlike = standIns?.unlikeLock.length ?? 0;
  return failed + unlike > 0 ? exitCodes.failed : exitCodes.done;
}

function names(text: string): readonly string[] {
  return text.split(',').filter((name) => name.trim() !== '');
}

function positive(text: string): number {
  const jobs = Number(text);
  if (!Number.isInteger(jobs) || jobs < 1)
    throw new InvalidArgumentError('it is a number from 1 up.');
  return jobs;
}
