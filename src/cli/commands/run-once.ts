/** Runs a plan and shows its progress; with `--dry-run`, only shows it. */
import {
  type Executor,
  execute,
  InstanceNames,
  type Prepared,
  type Profile,
  pastSeconds,
  type RunFinished,
  resourcesOf,
  type StageId,
  sinksOf,
} from '../../runner/index.ts';
import { exitCodes, type Host } from '../host.ts';
import { reportNoCluster } from '../profile-options.ts';
import { chooseRenderer } from '../render/choose.ts';
import { latestIn, type Opened } from '../selection-options.ts';
import { type RunCommandOptions, runSelectionOf } from './run-options.ts';

export interface NewRun {
  /** The id of the run. */
  readonly run: string;
  readonly executor: Executor;
  /** How stages are sent to a cluster. Undefined if they run on this machine. */
  readonly profile: Profile | undefined;
}

export async function runOnce(
  host: Host,
  targets: readonly string[],
  options: RunCommandOptions,
  { project, prepared, notes, standingNotes, artifacts }: Opened,
  { run, executor, profile }: NewRun,
): Promise<number> {
  if (options.dryRun) {
    const { showPlan } = await import('./plan.ts');
    return showPlan(host, prepared, notes, options);
  }
  const problem = profile && (await reportNoCluster(host, profile, prepared.plan));
  if (problem !== undefined) return problem;
  const folder = project.layout.run(run);
  const jobs = options.jobs ?? host.cores;
  const { plan, planContext } = prepared;
  const renderer = chooseRenderer(host, options, {
    counts: plan.counts,
    names: new InstanceNames(plan.pipeline),
    long: options.long ?? false,
    toRun: () => stagesToRun(plan),
    // Without their files, `latest/` may not have them.
    ends: () => (options.fetch === 'none' ? [] : sinksOf(plan.pipeline)),
    notes,
    standingNotes,
    latest: latestIn(artifacts, prepared),
    folder,
    past: () => pastSeconds(plan.pipeline, planContext),
    jobs,
  });
  let bug = false;
  try {
    const finished = await execute(project, prepared, {
      run,
      ...(options.name !== undefined && { name: options.name }),
      selection: runSelectionOf(options, targets),
      capacities: {
        cpu: jobs,
        network: 4,
        memory: host.memory,
        // Read when the first stage is scheduled.
        get gpus() {
          return options.gpus ?? gpusFor(prepared, host);
        },
      },
      fetching: options.fetch,
      keepGoing: options.keepGoing ?? false,
      executor,
      ...(profile && { profile }),
      signal: host.signal,
      cancel: host.cancel,
      emit: (event) => {
        bug ||= event.type === 'stage-failed' && event.failure.kind === 'bug';
        renderer.show(event);
      },
      now: host.now,
    });
    return bug && !finished.interrupted ? exitCodes.bug : exitCodeOf(finished);
  } finally {
    await renderer.close();
  }
}

function stagesToRun({ decisions }: Prepared['plan']): readonly StageId[] {
  const ids: StageId[] = [];
  for (const [id, { kind }] of decisions) if (kind !== 'hit') ids.push(id);
  return ids;
}

/** Asking the driver starts a process, so it is asked only if a stage needs a GPU. */
export function gpusFor({ plan, planContext }: Prepared, host: Host): readonly string[] {
  const { facts } = planContext;
  const wanted = plan.pipeline.stages.some((stage) => resourcesOf(stage, facts).gpu);
  return wanted ? host.gpus() : [];
}

function exitCodeOf({ failed, interrupted, standIns, notOnDisk }: RunFinished): number {
  if (interrupted) return exitCodes.interrupted;
  const unlike = standIns?.unlikeLock.length ?? 0;
  return failed + unlike > 0 || notOnDisk !== undefined ? exitCodes.failed : exitCodes.done;
}
