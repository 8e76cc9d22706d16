/** The workplace of a run that sends stages to a cluster. Its code is loaded only for such a run. */
import { ExpectedError } from '../../base/expected-error.ts';
import { pastSeconds } from '../execution/critical-path.ts';
import type { PlanContext } from '../execution/decide.ts';
import type { Emit } from '../execution/event.ts';
import type { Plan } from '../execution/plan.ts';
import type { Profile } from '../execution/profile.ts';
import type { WorkplaceOf } from '../execution/run.ts';
import type { Project } from './project.ts';

export interface ClusterRun {
  readonly run: string;
  readonly plan: Plan;
  readonly planContext: PlanContext;
  readonly emit: Emit;
  readonly cancel?: AbortSignal | undefined;
}

export function clusterOf(
  profile: Profile,
  {
    layout,
    root,
    environment,
    nodeProgram,
  }: Pick<Project, 'layout' | 'root' | 'environment' | 'nodeProgram'>,
  { run, plan, planContext, emit, cancel }: ClusterRun,
): WorkplaceOf {
  if (!nodeProgram) {
    throw new ExpectedError(
      "this program can't be started on a cluster",
      'use the command "pipeline run"',
    );
  }
  return async (local, registered) => {
    const [{ SplitWorkplace }, { openSlurm }] = await Promise.all([
      import('../execution/slurm/split-workplace.ts'),
      import('../execution/slurm/open-slurm.ts'),
    ]);
    const cluster = openSlurm({
      run,
      layout,
      cache: planContext.cache,
      root,
      profile,
      program: nodeProgram,
      environment,
      past: pastSeconds(plan.pipeline, planContext),
      emit,
      registered,
      cancel,
    });
    return new SplitWorkplace(local, cluster, profile.local);
  };
}
