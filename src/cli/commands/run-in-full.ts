/** `pipeline run` where there may be something to do: a plan is made, told and carried out. */
import type { Result } from '../../base/result.ts';
import {
  type Executor,
  endsOf,
  execute,
  type Prepared,
  type Project,
  pastSeconds,
  type RunFinished,
  resourcesOf,
} from '../../runner/index.ts';
import { exitCodes, type Host } from '../host.ts';
import { chooseRenderer } from '../render/choose.ts';
import type { Opened } from '../selection-options.ts';
import { showPlan } from './plan.ts';
import { type RunCommandOptions, runSelectionOf } from './run-options.ts';

export interface NewRun {
  /** Its name. */
  readonly run: string;
  readonly executor: Executor;
}

export async function runInFull(
  host: Host,
  targets: readonly string[],
  options: RunCommandOptions,
  opened: Result<Opened, number>,
  { run, executor }: NewRun,
): Promise<number> {
  if (!opened.ok) return opened.error;
  const { project, prepared, notes, artifacts } = opened.value;
  if (options.dryRun) return showPlan(host, prepared, notes, options);
  const folder = project.layout.run(run);
  const jobs = options.jobs ?? host.cores;
  const { plan, planContext, standing } = prepared;
  const renderer = chooseRenderer(host, options, {
    counts: plan.counts,
    toRun: () => [...plan.decisions].flatMap(([id, { kind }]) => (kind === 'hit' ? [] : [id])),
    ends: () => standing?.note.ends ?? endsOf(plan.pipeline),
    notes,
    artifacts,
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
        gpus: options.gpus ?? (wantsGpu(prepared, project) ? host.gpus() : []),
      },
      keepGoing: options.keepGoing ?? false,
      executor,
      signal: host.signal,
      emit: (event) => {
        bug ||= event.type === 'stage-failed' && event.failure.kind === 'bug';
        renderer.show(event);
      },
      onLines: (lines) => renderer.showLines?.(lines),
      now: host.now,
    });
    return bug && !finished.interrupted ? exitCodes.bug : exitCodeOf(finished);
  } finally {
    await renderer.close();
  }
}

/** To ask the driver takes a process: it is done only where somebody needs the answer. */
export function wantsGpu({ plan }: Prepared, { facts }: Project): boolean {
  return plan.pipeline.stages.some((stage) => resourcesOf(stage, facts).gpu);
}

function exitCodeOf({ failed, interrupted, standIns, notOnDisk }: RunFinished): number {
  if (interrupted) return exitCodes.interrupted;
  const unlike = standIns?.unlikeLock.length ?? 0;
  return failed + unlike > 0 || notOnDisk !== undefined ? exitCodes.failed : exitCodes.done;
}
