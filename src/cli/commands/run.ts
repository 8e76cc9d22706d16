/** `pipeline run [TARGET...]`: brings targets up to date, once or after each change. */
import { join } from 'node:path';
import { execute, type Prepared, type Project } from '../../runner/engine.ts';
import type { RunFinished } from '../../runner/execution/event.ts';
import { newRunId } from '../../runner/execution/journal.ts';
import { resourcesOf } from '../../runner/execution/resource-pool.ts';
import { pastSeconds } from '../../runner/execution/urgency.ts';
import type { Result } from '../../runner/result.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { positive } from '../numbers.ts';
import { chooseRenderer } from '../render/choose.ts';
import {
  addSelectionOptions,
  addStandInOptions,
  type Opened,
  openAndPrepare,
  type SelectionOptions,
} from '../selection-options.ts';
import { nextChange, type Watched } from '../watch.ts';
import { showPlan } from './plan.ts';

interface RunCommandOptions extends SelectionOptions {
  readonly jobs?: number;
  readonly dryRun?: boolean;
  readonly force?: true | string[];
  readonly keepGoing?: boolean;
  readonly gpus?: readonly string[];
  readonly name?: string;
  readonly watch?: boolean;
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
    .option('-w, --watch', 'go on after each change of a file that the pipeline is made of')
    .option('--json', 'one event a line on standard output')
    .option('-q, --quiet', 'say only what failed')
    .action(async (targets: string[], options: RunCommandOptions) => {
      if (options.watch && !options.dryRun) finish(await runOnChange(host, targets, options));
      else finish(await runOpened(host, targets, options, await open(host, targets, options)));
    });
};

function open(
  host: Host,
  targets: readonly string[],
  options: RunCommandOptions,
): Promise<Result<Opened, number>> {
  const forced = options.force === true ? 'all' : (options.force ?? []);
  return openAndPrepare(host, options, targets, forced);
}

/** Until Ctrl-C. A change that comes while a run goes on is taken up after it. */
async function runOnChange(
  host: Host,
  targets: readonly string[],
  options: RunCommandOptions,
): Promise<number> {
  for (let asked = options; ; asked = { ...options, force: [] }) {
    const opened = await open(host, targets, asked);
    const change = nextChange(watchedBy(host, opened), host.signal);
    await runOpened(host, targets, asked, opened);
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

async function runOpened(
  host: Host,
  targets: readonly string[],
  options: RunCommandOptions,
  opened: Result<Opened, number>,
): Promise<number> {
  if (!opened.ok) return opened.error;
  const { project, prepared, notes, artifacts } = opened.value;
  if (options.dryRun) return showPlan(host, prepared, notes, options);
  const run = newRunId(new Date(host.now()), host.random());
  const folder = project.layout.run(run);
  const jobs = options.jobs ?? host.cores;
  const { plan, knowledge } = prepared;
  const past = () => pastSeconds(plan.pipeline, knowledge);
  const view = { plan, notes, artifacts, folder, past, jobs };
  const renderer = chooseRenderer(host, options, view);
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
  return plan.pipeline.stages.some((stage) => resourcesOf(stage, facts).gpu);
}

function exitCodeOf({ failed, interrupted, standIns }: RunFinished): number {
  if (interrupted) return exitCodes.interrupted;
  const unlike = standIns?.unlikeLock.length ?? 0;
  return failed + unlike > 0 ? exitCodes.failed : exitCodes.done;
}

function names(text: string): readonly string[] {
  return text.split(',').filter((name) => name.trim() !== '');
}
